import { pad, reshape, slice, type Tensor4D } from '@tensorflow/tfjs-core'

/**
 * Shortcut A of He et al. (2016): every second row and column, and zeros for the channels that the input lacks, half of
 * them (rounded down) before its own and the rest after. No parameters.
 *
 * Written as reshape and slice, because TensorFlow.js has no gradient for a strided slice.
 *
 * @param x [n, h, w, from], from ≤ to
 * @returns [n, ⌈h/stride⌉, ⌈w/stride⌉, to]
 */
export function subsampleAndPad(x: Tensor4D, stride: number, to: number): Tensor4D {
  const [n, h, w, from] = x.shape
  const rows = Math.ceil(h / stride)
  const columns = Math.ceil(w / stride)
  const even = rows * stride === h && columns * stride === w
  const whole = even
    ? x
    : pad(x, [
        [0, 0],
        [0, rows * stride - h],
        [0, columns * stride - w],
        [0, 0],
      ])
  // Rows that are kept lie at position 0 of the second axis, columns in the first `from` entries of the last.
  const folded: Tensor4D = reshape(whole, [n * rows, stride, columns, stride * from])
  const kept: Tensor4D = reshape(slice(folded, [0, 0, 0, 0], [n * rows, 1, columns, from]), [
    n,
    rows,
    columns,
    from,
  ])
  const before = Math.floor((to - from) / 2)
  return to === from
    ? kept
    : pad(kept, [
        [0, 0],
        [0, 0],
        [0, 0],
        [before, to - from - before],
      ])
}
