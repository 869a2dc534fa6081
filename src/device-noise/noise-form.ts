import type { Tensor } from '@tensorflow/tfjs-core'
import type { TensorSpec } from '../engine/types.ts'
import type { BatchKey } from './batch-key.ts'
import type { NoiseProgram } from './noise-program.ts'

/** What of a program is the protocol's own: all but the names of the random numbers. */
export interface NoiseForm extends Pick<NoiseProgram, 'measure' | 'tables' | 'figures'> {
  readonly tableSpecs: readonly TensorSpec[]
  readonly figureSpecs: readonly TensorSpec[]
  /**
   * @param pictures int32 [n, h, w, 3]
   * @returns int32 [n, h, w, 3], 0 to 255
   */
  draw(pictures: Tensor, key: BatchKey, tables: readonly Tensor[], figures: readonly Tensor[]): Tensor
}
