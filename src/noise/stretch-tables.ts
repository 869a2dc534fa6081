import { stretchFactor, unstretchFactor } from '../survey/index.ts'

/** By the sum R + G + B of an 8-bit pixel, 0 to 765: what a channel, 0 to 255, is multiplied by to give t (src/survey/stretch.ts). */
export const UNSTRETCH_FACTORS = Float64Array.from(
  { length: 766 },
  (_, sum) => unstretchFactor(sum / 765) / 255,
)

/** Nodes a unit of the sum of the channels' t. */
const NODES = 1024
/** Sum up to which the table reaches: a saturated pixel has 6.6. */
const REACH = 8

/** The factor of the stretch to 8 bits at each node. */
const FACTORS = Float32Array.from({ length: REACH * NODES + 2 }, (_, node) =>
  // The limit at no light, where the exact function gives 0 for black.
  stretchTo255(Math.max(node, 1e-6) / NODES),
)

function stretchTo255(sum: number): number {
  return 255 * stretchFactor(sum / 3)
}

/**
 * What t is multiplied by to give a channel, 0 to 255, where `sum` (positive) is that of the channels' positive t. Linear
 * between nodes: channels are off by less than 10⁻⁵ of full scale, that is a four-hundredth of a grey level.
 */
export function tabulatedStretch(sum: number): number {
  const position = sum * NODES
  if (position >= REACH * NODES) return stretchTo255(sum)
  const node = position | 0
  const below = FACTORS[node]!
  return below + (FACTORS[node + 1]! - below) * (position - node)
}
