/**
 * The running mean and variance that inference normalises with: their update in a training step, and their
 * recalibration, which replaces them by the average over many batches of a network that no longer changes. PURe needs
 * the latter: running statistics that lag behind exponentials make inference blow up (see `docs/architecture.md`).
 */
import { add, mul, type Tensor } from '@tensorflow/tfjs-core'
import type { HostTensor } from '../engine/types.ts'
import { PureGalaxyError } from '../errors.ts'

/** Weight of the newest batch in a running statistic: PyTorch's default. */
export const STATISTICS_MOMENTUM = 0.1

/** Statistics come as mean, variance, mean, variance …: the odd ones are variances, to be made unbiased. */
function correction(position: number, count: number): number {
  return position % 2 === 1 && count > 1 ? count / (count - 1) : 1
}

function check(name: string, found: number, expected: number): void {
  if (found !== expected) {
    throw new PureGalaxyError(
      'model.tensors',
      `There are ${found} ${name}; expected ${expected}, as statistics.`,
    )
  }
}

/**
 * Running statistics after a batch: (1 − momentum)·old + momentum·batch, the variance unbiased (n/(n − 1)) as in
 * PyTorch. Pure, for use inside a traced training step.
 *
 * @param statistics [channels] each, in the model's order
 * @param batchStatistics of the batch, biased, as `forward` returns them
 * @param counts values behind each entry, `batchCounts` of `forward`
 * @param momentum 0 to 1
 */
export function updateStatistics(
  statistics: readonly Tensor[],
  batchStatistics: readonly Tensor[],
  counts: readonly number[],
  momentum = STATISTICS_MOMENTUM,
): Tensor[] {
  check('batch statistics', batchStatistics.length, statistics.length)
  check('counts', counts.length, statistics.length)
  return statistics.map((old, position) =>
    add(
      mul(old, 1 - momentum),
      mul(batchStatistics[position]!, momentum * correction(position, counts[position]!)),
    ),
  )
}

/**
 * Statistics averaged over batches, each with the same weight, in float64: what recalibration stores. The variance is
 * the mean of the unbiased variances (PyTorch's cumulative average).
 *
 * @param batches batch statistics of training-mode forward passes, read back to the host; at least one
 * @param counts values behind each entry, equal in all batches
 * @throws `model.tensors` where the batches differ in shape or there is none
 */
export function averageStatistics(
  batches: readonly (readonly HostTensor[])[],
  counts: readonly number[],
): HostTensor[] {
  const [first] = batches
  if (!first) throw new PureGalaxyError('model.tensors', 'There is no batch to average statistics over.')
  check('counts', counts.length, first.length)
  return first.map(({ shape, data: { length } }, position) => {
    const total = new Float64Array(length)
    for (const batch of batches) {
      check('batch statistics', batch.length, first.length)
      const { data } = batch[position]!
      check(`values of statistic ${position}`, data.length, length)
      for (let channel = 0; channel < length; channel++) total[channel]! += data[channel]!
    }
    const factor = correction(position, counts[position]!) / batches.length
    return { shape, dtype: 'float32', data: Float32Array.from(total, (value) => value * factor) }
  })
}
