import type { NoiseProtocol, NoiseTally, ProtocolName } from '../../src/noise/index.ts'
import { GalaxySimulator } from '../../src/simulate/index.ts'

export interface Shape {
  readonly height: number
  readonly width: number
}

/** Level of a protocol and seed of the noise. */
export type Dose = readonly [level: number, seed: number]

/** How far noise that a program draws may be from the host's. */
export interface NoiseTolerance {
  /** Of the values: how many may differ. */
  readonly share: number
  /** Grey levels by which those may differ. */
  readonly difference: number
}

/** Single precision may round a value of `exposure` to the other side. */
export const NOISE_TOLERANCES: Readonly<Record<ProtocolName, NoiseTolerance>> = {
  counts: { share: 0, difference: 0 },
  additive: { share: 0, difference: 0 },
  exposure: { share: 1e-4, difference: 1 },
}

/** Simulated galaxies, one after the other: uint8, count × side × side × 3. */
export function galaxies(side: number, count: number): Uint8Array {
  const simulator = new GalaxySimulator({ seed: 5, size: side })
  const size = 3 * side ** 2
  const pictures = new Uint8Array(count * size)
  for (let row = 0; row < count; row++) pictures.set(simulator.draw(row).picture, row * size)
  return pictures
}

/** The host's noise, in a copy of the pictures. */
export function noiseOnHost(
  protocol: NoiseProtocol,
  pictures: Uint8Array,
  shape: Shape,
  indices: readonly number[],
  [level, seed]: Dose,
  scales?: ArrayLike<number>,
): { out: Uint8Array; tally: NoiseTally } {
  const out = new Uint8Array(pictures.length)
  const pixelScales = scales && indices.map((index) => scales[index]!)
  const batch = { pictures, ...shape, indices, out, ...(pixelScales && { pixelScales }) }
  return { out, tally: protocol.apply(batch, level, seed) }
}
