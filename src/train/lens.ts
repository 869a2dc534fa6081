import type { Engine, HostTensor } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import { createModel } from '../model/index.ts'
import { runToHost } from './engine-run.ts'
import { lensProgram } from './programs.ts'
import type { TrainedModel } from './trained-model.ts'
import { unitNames } from './unit-figures.ts'

/** How one product unit, or the floor in its place, fares on given pictures in inference. */
export interface UnitFigures {
  /** `stage1.block1.second.product` */
  readonly name: string
  /** The floor is softplus(θ) + 1e-7. */
  readonly theta: number
  /** Fraction of the inputs below the floor, 0 to 1: the mean over the pictures. */
  readonly floorHitFraction: number
  /** Smallest and largest exponent over all pictures, after clipping; null for a floor, which has none. */
  readonly exponentMin: number | null
  readonly exponentMax: number | null
}

/** Looks into a trained model's product units. */
export interface Lens {
  /**
   * @param pictures uint8 NHWC of the model's input size, one or more
   * @returns a product unit each, in the order of the forward pass; none for a network without floors
   * @throws PureGalaxyError `train.size`
   */
  measure(pictures: Uint8Array): Promise<UnitFigures[]>
  dispose(): void
}

/**
 * Compiles a model to be looked into. It is the network that predicts: normalised by the statistics of the file. The
 * program gives figures picture by picture, so a last smaller batch is filled up with black pictures that count nowhere.
 *
 * @param batchSize pictures per run of the compiled program
 * @example
 * const lens = await openLens(await readTrainedModel('best.safetensors'), engine, 16)
 * const [first] = await lens.measure(noisyPictures)
 */
export async function openLens(trained: TrainedModel, engine: Engine, batchSize: number): Promise<Lens> {
  const { config, parameters, statistics, metadata } = trained
  const model = createModel(config)
  const names = unitNames(model.parameters)
  const thetas = parameters.flatMap(({ data }, at) =>
    model.parameters[at]!.kind === 'theta' ? [data[0]!] : [],
  )
  const { fn, inputs } = lensProgram(model, metadata.normalisation, batchSize)
  const constants = new Map([...parameters, ...statistics].entries())
  const program = names.length === 0 ? null : await engine.compile(fn, inputs, { constants })
  const [height, width] = config.inputSize
  const size = height * width * 3

  /** [units, figures, batch] of each batch, and how many of its pictures count. */
  async function runBatches(pictures: Uint8Array): Promise<[output: HostTensor, rows: number][]> {
    const count = pictures.length / size
    if (!Number.isInteger(count) || count === 0)
      throw new PureGalaxyError(
        'train.size',
        `${trained.name} takes pictures of ${height}×${width}×3 bytes, at least one; ${pictures.length} bytes are no whole number of them.`,
      )
    const outputs: [HostTensor, number][] = []
    for (let first = 0; program !== null && first < count; first += batchSize) {
      const rows = Math.min(batchSize, count - first)
      const data = new Uint8Array(batchSize * size)
      data.set(pictures.subarray(first * size, (first + rows) * size))
      const [output] = await runToHost(program, [
        { shape: [batchSize, height, width, 3], dtype: 'uint8', data },
      ])
      outputs.push([output!, rows])
    }
    return outputs
  }

  return {
    async measure(pictures) {
      const batches = await runBatches(pictures)
      /** Of all pictures; empty where the layer has no such figure. */
      const figures = (unit: number, figure: number): number[] =>
        batches.flatMap(([{ shape, data }, rows]) => {
          const kinds = shape[1]!
          if (figure >= kinds) return []
          const start = (unit * kinds + figure) * batchSize
          return [...data.subarray(start, start + rows)]
        })
      return names.map((name, unit) => {
        const [hits, least, largest] = [0, 1, 2].map((figure) => figures(unit, figure)) as [
          number[],
          number[],
          number[],
        ]
        return {
          name,
          theta: thetas[unit]!,
          floorHitFraction: hits.reduce((total, value) => total + value, 0) / hits.length,
          exponentMin: least.length === 0 ? null : least.reduce((a, b) => Math.min(a, b)),
          exponentMax: largest.length === 0 ? null : largest.reduce((a, b) => Math.max(a, b)),
        }
      })
    },
    dispose: () => program?.dispose(),
  }
}
