/**
 * Batch normalisation as one kernel of a TensorFlow.js backend. The eager backends of TensorFlow.js have no such kernel
 * for training: there a model spells it out in plain operations, as it does while it is traced. An engine whose library
 * has one registers it under this name, with its gradient, for its backend alone:
 *
 *     inputs      x [n, h, w, channels]; scale and offset [channels]
 *     attributes  epsilon, above 0
 *     outputs     y like x; mean and biased variance of the batch, [channels]; then what its gradient wants to have kept
 */
import { engine, getKernel, type Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core'

export const NORMALISE_BY_BATCH = 'NormaliseByBatch'

/**
 * Normalises with the active backend's own kernel.
 *
 * @param epsilon added to the variance
 * @returns null where the backend has none
 */
export function normaliseByKernel(x: Tensor4D, scale: Tensor1D, offset: Tensor1D, epsilon: number) {
  const state = engine()
  if (!getKernel(NORMALISE_BY_BATCH, state.backendName)) return null
  const outputs = state.runKernel<Tensor[]>(NORMALISE_BY_BATCH, { x, scale, offset }, { epsilon })
  const [output, mean, variance] = outputs as [Tensor4D, Tensor1D, Tensor1D]
  return { output, mean, variance }
}
