import type { Engine } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { TrainedModel } from './trained-model.ts'

export interface PredictorOptions {
  /** Pictures per run of the compiled program; default 16. A last smaller batch is padded. */
  readonly batchSize?: number
  /** Average the logits over the eight symmetries of the square; needs square pictures. */
  readonly symmetries?: boolean
}

/** A trained model, compiled for one batch size on one engine, weights as constants. */
export interface Predictor {
  readonly model: TrainedModel
  readonly batchSize: number
  /**
   * @param pictures uint8 NHWC of the model's input size, any number of them
   * @returns logits, pictures × classes, not divided by the temperature
   */
  predict(pictures: Uint8Array): Promise<Float32Array>
  /** Probabilities of logits, with the model's temperature. */
  probabilities(logits: Float32Array): Float32Array
  dispose(): void
}

/** Compiles a model for inference. */
export async function openPredictor(
  trained: TrainedModel,
  _engine: Engine,
  _options: PredictorOptions = {},
): Promise<Predictor> {
  throw new PureGalaxyError('train.pending', trained.name)
}
