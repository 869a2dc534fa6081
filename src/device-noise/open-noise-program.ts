import type { ProtocolName } from '../noise/index.ts'
import { additiveProgram } from './additive-program.ts'
import { countsProgram } from './counts-program.ts'
import { exposureProgram } from './exposure-program.ts'
import type { BatchShape, NoiseProgram } from './noise-program.ts'

const PROGRAMS: Readonly<Record<ProtocolName, (shape: BatchShape) => NoiseProgram>> = {
  counts: countsProgram,
  additive: additiveProgram,
  exposure: exposureProgram,
}

/**
 * A protocol's noise for an engine to compile.
 *
 * @example
 * const { fn, inputs } = openNoiseProgram('counts', { batchSize: 16, height: 256, width: 256 })
 */
export function openNoiseProgram(protocol: ProtocolName, shape: BatchShape): NoiseProgram {
  return PROGRAMS[protocol](shape)
}
