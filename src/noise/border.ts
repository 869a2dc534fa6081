/** Width of the border in which the sky is measured, as a fraction of the shorter side: as `bench:simulator` takes it. */
const BORDER = 1 / 16

/** Positions (row × width + column) of the pixels of a picture's border, at least one pixel wide. */
export function borderPixels(height: number, width: number): Uint32Array {
  const depth = Math.max(1, Math.round(Math.min(height, width) * BORDER))
  const positions: number[] = []
  for (let y = 0; y < height; y++) {
    const whole = y < depth || y >= height - depth
    for (let x = 0; x < width; x++) {
      if (whole || x < depth || x >= width - depth) positions.push(y * width + x)
    }
  }
  return Uint32Array.from(positions)
}

/** Smallest value that at least half of all counts are at or below. */
export function histogramMedian(counts: ArrayLike<number>, total: number): number {
  let value = 0
  for (let below = counts[0]!; below * 2 < total; below += counts[value]!) value++
  return value
}
