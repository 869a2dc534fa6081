import type { RandomStream } from '../random/index.ts'
import { NATIVE_SIDE } from './sky.ts'

/** Mean number of small sources in a frame. */
const NEIGHBOURS = 20
/** Central part of the frame (distance over side) that is kept free of them. */
const CLEAR_RADIUS = 0.1

/** Adds a round source of Gaussian profile. */
function addSource(
  light: Float32Array,
  height: number,
  width: number,
  y: number,
  x: number,
  sigma: number,
  peak: readonly [number, number, number],
): void {
  const reach = 3 * sigma
  const rows = [Math.max(0, Math.ceil(y - reach)), Math.min(height - 1, Math.floor(y + reach))] as const
  const columns = [Math.max(0, Math.ceil(x - reach)), Math.min(width - 1, Math.floor(x + reach))] as const
  for (let row = rows[0]; row <= rows[1]; row++) {
    for (let column = columns[0]; column <= columns[1]; column++) {
      const profile = Math.exp(-((row - y) ** 2 + (column - x) ** 2) / (2 * sigma * sigma))
      const at = (row * width + column) * 3
      for (let channel = 0; channel < 3; channel++)
        light[at + channel]! += profile * peak[channel as 0 | 1 | 2]
    }
  }
}

/**
 * Adds stars and small galaxies to a field: many faint, few bright, most of them red.
 * @param light height × width × 3, 8-bit units above the sky
 */
export function strewNeighbours(
  light: Float32Array,
  height: number,
  width: number,
  stream: RandomStream,
): void {
  const side = Math.min(height, width)
  const count = stream.poisson(NEIGHBOURS)
  for (let neighbour = 0; neighbour < count; neighbour++) {
    const y = stream.uniform() * height
    const x = stream.uniform() * width
    const sigma = (side / NATIVE_SIDE) * (1.5 + 2.2 * stream.uniform() ** 2)
    const peak = Math.min(180, 13 / (1 - stream.uniform()) ** 0.85)
    // Most are red dwarfs and distant galaxies.
    const tint = Math.min(0.9, Math.max(-0.9, 0.25 + 0.45 * stream.normal()))
    if (Math.hypot(y - height / 2, x - width / 2) < CLEAR_RADIUS * side) continue
    addSource(light, height, width, y, x, Math.max(0.55, sigma), [peak * (1 + tint), peak, peak * (1 - tint)])
  }
}
