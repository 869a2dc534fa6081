import { applySymmetry, SYMMETRIES } from '../augment/symmetry.ts'
import type { DeviceBuffer, Engine, HostTensor, Program } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import { runToHost } from './engine-run.ts'
import { softmaxRows } from './metrics.ts'
import type { TrainedModel } from './trained-model.ts'
import { weightsHash } from './weights-hash.ts'

export interface PredictorOptions {
  /** Pictures per run of the compiled program; default 16. A last smaller batch is padded. */
  readonly batchSize?: number
  /** Average the logits over the eight symmetries of the square; needs square pictures. */
  readonly symmetries?: boolean
  /** Keep the compiled program in the user's cache, so that the next process starts faster: for models in daily use. */
  readonly cached?: boolean
}

/** A trained model, compiled for one batch size on one engine, weights as constants. */
export interface Predictor {
  readonly model: TrainedModel
  readonly batchSize: number
  /**
   * @param pictures uint8 NHWC of the model's input size, any number of them; or a batch of them, [batch size, height,
   *   width, 3], that lies where the engine computes
   * @returns logits, pictures × classes, not divided by the temperature
   */
  predict(pictures: Uint8Array | DeviceBuffer): Promise<Float32Array>
  /** Probabilities of logits, with the model's temperature; rows × classes. */
  probabilities(logits: Float32Array): Float64Array
  dispose(): void
}

/**
 * Compiles a model for inference: batch normalisation's statistics are those of the file, never altered.
 *
 * @throws PureGalaxyError `train.symmetries` where pictures are not square, `train.option`
 * @example
 * const predictor = await openPredictor(await readTrainedModel('best.safetensors'), engine)
 * const logits = await predictor.predict(pictures)
 */
export async function openPredictor(
  trained: TrainedModel,
  engine: Engine,
  options: PredictorOptions = {},
): Promise<Predictor> {
  const { batchSize = 16, symmetries = false, cached = false } = options
  const { config, metadata } = trained
  const [height, width] = config.inputSize
  if (!(Number.isInteger(batchSize) && batchSize >= 1))
    throw new PureGalaxyError(
      'train.option',
      `The batch size is ${batchSize}; expected a whole number above 0.`,
    )
  if (symmetries && height !== width)
    throw new PureGalaxyError(
      'train.symmetries',
      `${trained.name} takes pictures of ${height}×${width} pixels; averaging over the symmetries of the square needs square ones.`,
    )
  const program = await compile(trained, engine, batchSize, cached)
  const { classes } = config
  const size = height * width * 3

  async function predictBatch(batch: HostTensor | DeviceBuffer): Promise<Float32Array> {
    const [output] = await runToHost(program, [batch])
    return output!.data as Float32Array
  }

  async function predict(pictures: Uint8Array | DeviceBuffer): Promise<Float32Array> {
    if (!(pictures instanceof Uint8Array)) return predictBatch(pictures)
    const count = pictures.length / size
    if (!Number.isInteger(count))
      throw new PureGalaxyError(
        'train.size',
        `${trained.name} takes pictures of ${height}×${width}×3 bytes; ${pictures.length} bytes are no whole number of them.`,
      )
    const logits = new Float32Array(count * classes)
    for (let first = 0; first < count; first += batchSize) {
      const rows = Math.min(batchSize, count - first)
      const batch = new Uint8Array(batchSize * size)
      batch.set(pictures.subarray(first * size, (first + rows) * size))
      const input: HostTensor = { shape: [batchSize, height, width, 3], dtype: 'uint8', data: batch }
      logits.set((await predictBatch(input)).subarray(0, rows * classes), first * classes)
    }
    return logits
  }

  async function predictSymmetric(given: Uint8Array | DeviceBuffer): Promise<Float32Array> {
    const pictures = given instanceof Uint8Array ? given : ((await given.read()).data as Uint8Array)
    const total = new Float32Array((pictures.length / size) * classes)
    const turned = new Uint8Array(pictures.length)
    for (let symmetry = 0; symmetry < SYMMETRIES; symmetry++) {
      for (let start = 0; start < pictures.length; start += size)
        applySymmetry(
          pictures.subarray(start, start + size),
          turned.subarray(start, start + size),
          height,
          width,
          symmetry,
        )
      const logits = await predict(turned)
      for (const [position, logit] of logits.entries()) total[position]! += logit / SYMMETRIES
    }
    return total
  }

  return {
    model: trained,
    batchSize,
    predict: symmetries ? predictSymmetric : predict,
    probabilities: (logits) => softmaxRows(logits, classes, metadata.temperature ?? 1),
    dispose: () => program.dispose(),
  }
}

/** The inference program with the weights as constants. TensorFlow.js is loaded only when it must be traced. */
async function compile(
  trained: TrainedModel,
  engine: Engine,
  batchSize: number,
  cached: boolean,
): Promise<Program> {
  const { config, parameters, statistics, metadata } = trained
  const weights = [...parameters, ...statistics]
  const define = async () => {
    const { createModel } = await import('../model/model.ts')
    const { inferenceProgram } = await import('./programs.ts')
    return {
      ...inferenceProgram(createModel(config), metadata.normalisation, batchSize),
      constants: new Map(weights.entries()),
    }
  }
  if (!cached) {
    const { fn, inputs, constants } = await define()
    return engine.compile(fn, inputs, { constants })
  }
  const { normalisation } = metadata
  const key = { program: 'predict', config, normalisation, batchSize, weights: weightsHash(trained) }
  return engine.compileCached(JSON.stringify(key), define)
}
