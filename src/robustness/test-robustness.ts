import type { Engine } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'
import type { ImageDataset } from '../io/types.ts'
import type { TrainedModel } from '../train/index.ts'
import type { NoiseProtocol } from './protocol.ts'
import type { RobustnessResult } from './result-types.ts'

export interface RobustnessOptions {
  readonly engine: Engine
  readonly protocol: NoiseProtocol
  /** The second model (the ResNet twin), judged on the same noisy pictures. */
  readonly against?: TrainedModel
  /** Which pictures; default all that have an exact label. */
  readonly indices?: ArrayLike<number>
  /** Noise seeds; default 1 to 5. */
  readonly seeds?: readonly number[]
  readonly batchSize?: number
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Accuracy of one or two models under noise, on the same noisy pictures. */
export async function testRobustness(
  trained: TrainedModel,
  _dataset: ImageDataset,
  _options: RobustnessOptions,
): Promise<RobustnessResult> {
  throw new PureGalaxyError('robustness.pending', trained.name)
}
