/**
 * Tries puregalaxy on a GPU, unattended: devices, the parity suite, training and evaluation, speed beside PyTorch,
 * start-up, a data set of Galaxy10's size kept on the device, and noise that the device draws, beside the host's.
 *
 *     npm run check:gpu -- [--out gpu-check] [--rehearse]        # in a clone
 *     ./check-gpu.sh [--out gpu-check] [--rehearse]              # from the bundle of npm run bundle:gpu
 *
 * Each stage is a process with a time limit of its own; what fails leaves the others as they are. Writes
 * <out>/gpu-check.json after every stage, and a log for each. Plugin and PyTorch come from the machine's Python
 * (`PUREGALAXY_PYTHON`, else `python3`), or from `puregalaxy engine install`. With --rehearse everything is small and
 * runs on the CPU plugin. Ends with 1 where a stage failed or a figure is out of bounds.
 */
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runStage, type Stage, type StageResult } from './run-stage.ts'
import { summaryTable } from './summary.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'gpu-check' },
    rehearse: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(
    'check-gpu [--out FOLDER] [--rehearse]: measures puregalaxy on this GPU; see bench/gpu/check.ts',
  )
  process.exit(0)
}
const { out, rehearse } = values
await mkdir(out, { recursive: true })
for (const stale of ['run', 'split.json', 'galaxies.h5'])
  await rm(join(out, stale), { recursive: true, force: true })

const node = process.execPath
const cli = [node, 'dist/cli/main.js']
const PACKED = join('data', 'galaxies.h5')
const data = existsSync(PACKED) ? PACKED : join(out, 'galaxies.h5')
const [split, run] = [join(out, 'split.json'), join(out, 'run')]

/** A stage of gpu-stage.js with its options. */
const stage = (name: string, limitSeconds: number, what: string, ...options: (string | number)[]): Stage => ({
  name,
  limitSeconds,
  command: [node, 'bench/build/gpu-stage.js', what, ...options.map(String)],
})
/** A command of puregalaxy, with --json. */
const command = (name: string, limitSeconds: number, ...options: (string | number)[]): Stage => ({
  name,
  limitSeconds,
  command: [...cli, ...options.map(String), '--json'],
})

const work = rehearse
  ? ['--network', 'pure20', '--size', 32, '--batch', 8]
  : ['--network', 'pure34', '--size', 256, '--batch', 64]
const effort = rehearse
  ? ['--steps', 2, '--rounds', 1, '--seconds', 1, '--device', 'cpu']
  : ['--rounds', 3, '--seconds', 5]
const salt = ['--salt', 1 + (Date.now() % 999)]
// In a rehearsal the other stage of speed has tried every precision on this work.
const small = rehearse
  ? [...work, '--only', ', float32']
  : ['--network', 'pure20', '--size', 32, '--batch', 64]
const trained = rehearse
  ? ['--epochs', 1, '--size', 32, '--width', 0.25]
  : ['--epochs', 20, '--precision', 'bfloat16']

const stages: Stage[] = [
  stage('devices', 120, 'devices'),
  stage('parity', 900, 'parity', ...(rehearse ? ['--networks', 1] : [])),
  ...(data === PACKED
    ? []
    : [
        command(
          'simulate',
          300,
          ...['simulate', '--count', rehearse ? 200 : 1000, '--size', 64, '--seed', 1, '--out', data],
        ),
      ]),
  command('split', 60, 'split', data, '--test', 0.2, '--seed', 1, '--out', split),
  command(
    'train',
    900,
    ...['train', data, '--model', 'pure20', '--engine', 'xla', '--split', split, '--seed', 1, '--out', run],
    ...trained,
  ),
  command('evaluate', 300, 'evaluate', join(run, 'best.safetensors'), data, '--split', split),
  stage('speed', 900, 'speed', ...work, ...effort),
  stage('speed-small', 600, 'speed', ...small, ...effort),
  stage('start-cold', 600, 'start', ...work, ...salt),
  stage('start-warm', 600, 'start', ...work, ...salt),
  stage(
    'resident',
    600,
    'resident',
    ...(rehearse
      ? ['--size', 32, '--batch', 8, '--count', 2000, '--seconds', 1]
      : ['--size', 256, '--batch', 64, '--count', 17_736, '--seconds', 5]),
  ),
  stage(
    'noise',
    300,
    'noise',
    ...(rehearse
      ? ['--size', 32, '--batch', 4, '--seconds', 0.2]
      : ['--size', 256, '--batch', 16, '--seconds', 5]),
  ),
]

const date = new Date().toISOString()
const results: StageResult[] = []
const path = join(out, 'gpu-check.json')
for (const next of stages) {
  process.stderr.write(`${next.name} …\n`)
  results.push(await runStage(next, out))
  const { status, seconds, message } = results.at(-1)!
  process.stderr.write(
    `${next.name}: ${status}, ${seconds.toFixed(0)} s${message ? `: ${message.trim().split('\n').at(-1)}` : ''}\n`,
  )
  await writeFile(path, `${JSON.stringify({ date, rehearse, stages: results }, null, 2)}\n`)
}
const { text, passed } = summaryTable(results)
console.log(`${text}\n${path}`)
process.exitCode = passed ? 0 : 1
