import { openEngine } from '../src/engine/index.ts'
import type { ImageDataset } from '../src/io/types.ts'
import { createModel } from '../src/model/index.ts'
import { type NoiseProtocol, openProtocol } from '../src/noise/index.ts'
import { judgedPictures } from '../src/robustness/judged-pictures.ts'
import { measurePasses } from '../src/robustness/measure-passes.ts'
import { memoryPasses } from '../src/robustness/pass.ts'
import { GalaxySimulator } from '../src/simulate/index.ts'
import { GALAXY10_DECALS } from '../src/survey/index.ts'

/** How long models wait for noisy pictures in an evaluation. */
export interface WaitingRow {
  readonly work: string
  /** Of all passes. */
  readonly seconds: number
  /** Share of them in which no model had pictures to look at, 0 to 1. */
  readonly waiting: number
}

const SIDE = 256
const PICTURES = 160
const SEEDS = [1, 2]

/**
 * Evaluates networks without training under exposure noise on simulated pictures of 256 px, with the noise drawn between
 * the model's batches (one thread) and beside them.
 *
 * @param threads of the engine
 */
export async function measureWaiting(threads: number): Promise<WaitingRow[]> {
  const dataset = simulatedDataset()
  const engine = await openEngine('onnx', { purpose: 'inference', threads })
  const rows: WaitingRow[] = []
  for (const [names, side] of [
    [['pure34'], 256],
    [['pure34'], 64],
    [['pure34', 'resnet34'], 64],
  ] as const) {
    const models = names.map((architecture) => untrained(architecture, side))
    for (const drawing of [1, threads]) {
      const { seconds, waiting } = await measurePasses(models, doses(openProtocol('exposure', [1 / 4])), {
        engine,
        dataset,
        pictures: judgedPictures(dataset),
        geometry: { stored: { height: SIDE, width: SIDE }, input: { height: side, width: side } },
        store: memoryPasses(),
        batchSize: 16,
        threads: drawing,
      })
      const where = drawing === 1 ? 'noise by turns' : 'noise beside'
      rows.push({
        work: `${names.join(' and ')}, ${side} px, ${where}`,
        seconds,
        waiting: waiting / seconds,
      })
    }
  }
  await engine.dispose()
  return rows
}

const doses = (protocol: NoiseProtocol) =>
  protocol.levels.flatMap((level) => SEEDS.map((seed) => ({ protocol, level, seed })))

function untrained(architecture: string, side: number) {
  const model = createModel({ architecture, inputSize: [side, side, 3] })
  const trained = {
    name: architecture,
    config: model.config,
    ...model.initialise(1),
    metadata: {
      classes: GALAXY10_DECALS,
      normalisation: { mean: [0.17, 0.16, 0.16], std: [0.13, 0.12, 0.1] },
      temperature: null,
      version: 'untrained',
      provenance: {},
    },
  } as const
  return { trained, fingerprint: architecture }
}

function simulatedDataset(): ImageDataset {
  const simulator = new GalaxySimulator({ seed: 1, size: SIDE })
  const drawn = Array.from({ length: PICTURES }, (_, index) => simulator.draw(index))
  const size = 3 * SIDE ** 2
  return {
    path: 'simulated',
    hash: 'simulated',
    length: PICTURES,
    height: SIDE,
    width: SIDE,
    classes: GALAXY10_DECALS,
    labels: Int32Array.from(drawn, ({ label }) => label),
    allowed: undefined,
    ids: undefined,
    ra: undefined,
    dec: undefined,
    async read(indices, out) {
      for (let row = 0; row < indices.length; row++) out.set(drawn[indices[row]!]!.picture, row * size)
    },
    async close() {},
  }
}
