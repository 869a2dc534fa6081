import type { Engine } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import type { Evaluation } from './evaluation-types.ts'
import type { TrainedModel } from './trained-model.ts'

export interface EvaluateOptions {
  readonly engine: Engine
  /** Which pictures; default all. */
  readonly indices?: ArrayLike<number>
  readonly batchSize?: number
  /** Average the logits over the eight symmetries of the square. */
  readonly symmetries?: boolean
  /** Bootstrap replicates for the intervals; default 1000. */
  readonly replicates?: number
  /** Seed of the bootstrap; default 1. */
  readonly seed?: number
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * Evaluates a model on pictures of its input size (open the data set with `size` from `trained.model.config.inputSize`).
 */
export async function evaluate(
  trained: TrainedModel,
  _dataset: ImageDataset,
  _options: EvaluateOptions,
): Promise<Evaluation> {
  throw new PureGalaxyError('train.pending', trained.name)
}
