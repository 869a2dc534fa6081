/** A rectangle of a picture, pixels; sides may be fractions, but lie within the picture. */
export interface Box {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** Which source pixels make each output pixel along one axis, and with which weights (they sum to 1). */
interface Taps {
  readonly first: Int32Array
  readonly count: Int32Array
  /** `most` weights an output pixel. */
  readonly weights: Float32Array
  readonly most: number
}

/**
 * A triangle as wide as two source pixels, or two output pixels where those are larger: bilinear interpolation that does
 * not alias when a picture shrinks (what Pillow and torchvision call antialiased bilinear). At the picture's border the
 * weights that are left are scaled up.
 */
function tapsAlong(start: number, length: number, side: number, outSide: number): Taps {
  const scale = length / outSide
  const reach = Math.max(scale, 1)
  const most = Math.ceil(2 * reach) + 1
  const first = new Int32Array(outSide)
  const count = new Int32Array(outSide)
  const weights = new Float32Array(outSide * most)
  for (let index = 0; index < outSide; index++) {
    const centre = start + (index + 0.5) * scale
    const from = Math.max(0, Math.floor(centre - reach + 0.5))
    const to = Math.min(side, Math.floor(centre + reach + 0.5))
    let total = 0
    for (let pixel = from; pixel < to; pixel++) {
      const weight = Math.max(0, 1 - Math.abs(pixel + 0.5 - centre) / reach)
      weights[index * most + pixel - from] = weight
      total += weight
    }
    for (let tap = 0; tap < to - from; tap++) weights[index * most + tap]! /= total
    first[index] = from
    count[index] = to - from
  }
  return { first, count, weights, most }
}

/**
 * Resamples a box of a picture to another size: separable, columns first, in floating point.
 *
 * @param source height × width × 3
 * @param box lies within the source
 * @param out receives outHeight × outWidth × 3, in the source's unit
 */
export function resample(
  source: Uint8Array,
  height: number,
  width: number,
  box: Box,
  out: Float32Array,
  outHeight: number,
  outWidth: number,
): void {
  const across = tapsAlong(box.left, box.width, width, outWidth)
  const down = tapsAlong(box.top, box.height, height, outHeight)
  const firstRow = down.first[0]!
  const rows = down.first[outHeight - 1]! + down.count[outHeight - 1]! - firstRow
  const line = outWidth * 3
  const narrowed = new Float32Array(rows * line)
  for (let row = 0, at = 0; row < rows; row++) {
    const rowStart = (firstRow + row) * width * 3
    for (let x = 0; x < outWidth; x++, at += 3) {
      let red = 0
      let green = 0
      let blue = 0
      let from = rowStart + across.first[x]! * 3
      const weightStart = x * across.most
      const weightEnd = weightStart + across.count[x]!
      for (let tap = weightStart; tap < weightEnd; tap++, from += 3) {
        const weight = across.weights[tap]!
        red += weight * source[from]!
        green += weight * source[from + 1]!
        blue += weight * source[from + 2]!
      }
      narrowed[at] = red
      narrowed[at + 1] = green
      narrowed[at + 2] = blue
    }
  }
  out.fill(0, 0, outHeight * line)
  for (let y = 0; y < outHeight; y++) {
    const to = y * line
    for (let tap = 0; tap < down.count[y]!; tap++) {
      const weight = down.weights[y * down.most + tap]!
      const from = (down.first[y]! - firstRow + tap) * line
      for (let x = 0; x < line; x++) out[to + x]! += weight * narrowed[from + x]!
    }
  }
}
