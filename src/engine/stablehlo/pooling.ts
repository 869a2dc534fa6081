import type { Node, Window } from '../graph/types.ts'
import type { StableHloEmitter, Value } from './emitter.ts'
import { integers, paddings } from './notation.ts'

/** [N, H, W, C] → the largest of each window; padding never wins. */
export function maxPool(
  emit: StableHloEmitter,
  shape: readonly number[],
  window: Window,
  pictures: Value,
): Value {
  return emit.op({
    name: 'reduce_window',
    operands: [pictures, emit.scalar(Number.NEGATIVE_INFINITY)],
    shape,
    dtype: 'float32',
    regions: ['maximum'],
    attributes: {
      window_dimensions: integers([1, ...window.kernel, 1]),
      window_strides: integers([1, ...window.strides, 1]),
      padding: paddings([
        [0, 0],
        [window.padTop, window.padBottom],
        [window.padLeft, window.padRight],
        [0, 0],
      ]),
    },
  })
}

/**
 * Each gradient goes to where its maximum came from, the first place of equals.
 *
 * StableHLO has select_and_scatter for this, which XLA's CPU plugin turns into four tensors of positions and a scatter.
 * Here every window notes at which of its places k the maximum stands, and the pictures are put together from the
 * pixels that share a remainder r of row and column by the stride: those receive only from the places k ≡ r, which are
 * whole tensors shifted by whole windows.
 */
export function maxPoolGradient(
  emit: StableHloEmitter,
  node: Node,
  window: Window,
  [dy, pictures]: readonly Value[],
): Value {
  const [, height, width] = node.shape as [number, number, number]
  const [rows, columns] = window.strides
  const place = firstMaximum(emit, window, dy!.shape, pictures!)
  const stripes = range(rows).map((row) => {
    const pixels = range(columns).map((column) => receive(emit, window, [row, column], place, dy!))
    return interleave(emit, pixels, 2)
  })
  const whole = interleave(emit, stripes, 1)
  // Without the padding, and with zeros where no window reached.
  const [, reachedHeight, reachedWidth] = whole.shape as [number, number, number]
  const after = [height + window.padTop - reachedHeight, width + window.padLeft - reachedWidth] as const
  return emit.pad(whole, emit.scalar(0), [0, -window.padTop, -window.padLeft, 0], [0, ...after, 0])
}

const range = (count: number) => Array.from({ length: count }, (_, at) => at)

/** int32 [N, H', W', C]: row · kernel width + column of the first maximum in each window. */
function firstMaximum(
  emit: StableHloEmitter,
  window: Window,
  shape: readonly number[],
  pictures: Value,
): Value {
  const [, height, width] = shape as [number, number, number]
  const [kernelHeight, kernelWidth] = window.kernel
  const [down, right] = window.strides
  const [n, h, w, c] = pictures.shape as [number, number, number, number]
  // As far as the last window reaches.
  const bottom = (height - 1) * down + kernelHeight - h - window.padTop
  const side = (width - 1) * right + kernelWidth - w - window.padLeft
  const lowest = emit.scalar(Number.NEGATIVE_INFINITY)
  const before = [0, window.padTop, window.padLeft, 0]
  const padded = emit.pad(emit.barrier(pictures), lowest, before, [0, bottom, side, 0])
  const everywhere = (place: number) => emit.broadcast(emit.scalar(place, 'int32'), shape)
  const seenFrom = (place: number) => {
    const [row, column] = [Math.floor(place / kernelWidth), place % kernelWidth]
    const end = [n, row + (height - 1) * down + 1, column + (width - 1) * right + 1, c]
    return emit.slice(padded, [0, row, column, 0], end, [1, down, right, 1])
  }
  // Not by looking for what equals the maximum: XLA may compute the pictures twice and round differently.
  let [largest, first] = [seenFrom(0), everywhere(0)]
  for (let place = 1; place < kernelHeight * kernelWidth; place++) {
    const seen = seenFrom(place)
    first = emit.select(emit.compare(seen, largest, 'GT'), everywhere(place), first)
    largest = emit.like('maximum', seen, largest)
  }
  return first
}

/** What the padded pixels of one remainder receive: [N, H' + overlap, W' + overlap, C]. */
function receive(
  emit: StableHloEmitter,
  { kernel, strides }: Window,
  remainder: readonly [number, number],
  place: Value,
  dy: Value,
): Value {
  const zero = emit.scalar(0)
  const zeros = emit.broadcast(zero, dy.shape)
  const overlap = kernel.map((length, side) => Math.ceil(length / strides[side]!) - 1) as [number, number]
  const terms: Value[] = []
  for (let down = 0; remainder[0] + down * strides[0] < kernel[0]; down++) {
    for (let right = 0; remainder[1] + right * strides[1] < kernel[1]; right++) {
      const from = (remainder[0] + down * strides[0]) * kernel[1] + remainder[1] + right * strides[1]
      const chosen = emit.compare(place, emit.broadcast(emit.scalar(from, 'int32'), place.shape), 'EQ')
      const given = emit.select(chosen, dy, zeros)
      terms.push(emit.pad(given, zero, [0, down, right, 0], [0, overlap[0] - down, overlap[1] - right, 0]))
    }
  }
  const [first, ...others] = terms
  if (first) return others.reduce((sum, term) => emit.like('add', sum, term), first)
  // A stride beyond the kernel leaves pixels that no window sees.
  return emit.pad(zeros, zero, [0, 0, 0, 0], [0, ...overlap, 0])
}

/** Tensors of one shape, element by element in turns along an axis, which grows by their number. */
function interleave(emit: StableHloEmitter, parts: readonly Value[], axis: number): Value {
  const [{ shape, dtype }] = parts as [Value]
  if (parts.length === 1) return parts[0]!
  const apart = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]
  const operands = parts.map((part) => emit.reshape(part, apart))
  const attributes = { dimension: `${axis + 1} : i64` }
  const together = apart.map((length, at) => (at === axis + 1 ? parts.length : length))
  const stacked = emit.op({ name: 'concatenate', operands, shape: together, dtype, attributes })
  return emit.reshape(
    stacked,
    shape.map((length, at) => (at === axis ? length * parts.length : length)),
  )
}
