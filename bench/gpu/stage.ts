/**
 * One stage of check:gpu, in a process of its own; prints its result as JSON.
 *
 *     node bench/build/gpu-stage.js devices|parity|speed|start|resident|noise [options]
 */
import { parseArgs } from 'node:util'
import { deviceFigures } from './devices.ts'
import { noiseFigures } from './noise.ts'
import { parityFigures } from './parity.ts'
import { residentFigures } from './resident.ts'
import { trainingSpeed } from './speed.ts'
import { timeToFirstStep } from './start.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    network: { type: 'string', default: 'pure34' },
    size: { type: 'string', default: '256' },
    batch: { type: 'string', default: '64' },
    count: { type: 'string', default: '17736' },
    steps: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    device: { type: 'string', default: 'cuda' },
    salt: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    networks: { type: 'string', default: '100' },
  },
})
const { network, device, only } = values
const [size, batch, count, steps, rounds, seconds, salt] = [
  values.size,
  values.batch,
  values.count,
  values.steps,
  values.rounds,
  values.seconds,
  values.salt,
].map(Number) as [number, number, number, number, number, number, number]

const STAGES: Readonly<Record<string, () => Promise<object>>> = {
  devices: deviceFigures,
  parity: () => parityFigures(Number(values.networks)),
  speed: () =>
    trainingSpeed({
      network,
      size,
      batch,
      steps,
      rounds,
      seconds,
      device: device === 'cpu' ? 'cpu' : 'cuda',
      only,
    }),
  start: () => timeToFirstStep({ network, size, batch, salt }),
  resident: () => residentFigures({ size, batch, count, seconds }),
  noise: () => noiseFigures({ size, batch, seconds }),
}
const stage = STAGES[positionals[0] ?? '']
if (stage === undefined) throw new Error(`There are the stages ${Object.keys(STAGES).join(', ')}.`)
console.log(JSON.stringify(await stage()))
