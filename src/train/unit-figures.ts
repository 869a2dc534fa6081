import type { HostTensor } from '../engine/types.ts'
import type { ParameterSpec } from '../model/index.ts'
import type { ProductUnitHealth } from './options.ts'

/** Figures of a layer with a floor, in the order in which a statistics program gives them, a row a layer. */
export const HEALTH_FIGURES = ['floorHitFraction', 'exponentMin', 'exponentMax', 'theta', 'clipped'] as const

/** Names of the layers with a floor (product units, or what has only their floor), in the order of the forward pass. */
export function unitNames(parameters: readonly ParameterSpec[]): string[] {
  return parameters.flatMap(({ name, kind }) => (kind === 'theta' ? [name.slice(0, -'.theta'.length)] : []))
}

/**
 * The figures of several batches as one line a layer.
 *
 * @param batches [layers, {@link HEALTH_FIGURES}] each; at least one
 * @param has whether the layers have exponents and a clip of them
 */
export function summariseHealth(
  names: readonly string[],
  batches: readonly HostTensor[],
  has: { readonly exponents: boolean; readonly clip: boolean },
): ProductUnitHealth[] {
  return names.map((name, unit) => {
    const rows = batches.map(({ data }) =>
      data.subarray(unit * HEALTH_FIGURES.length, (unit + 1) * HEALTH_FIGURES.length),
    )
    return {
      name,
      theta: rows[0]![3]!,
      floorHitFraction: rows.reduce((sum, row) => sum + row[0]!, 0) / rows.length,
      exponentMin: has.exponents ? Math.min(...rows.map((row) => row[1]!)) : null,
      exponentMax: has.exponents ? Math.max(...rows.map((row) => row[2]!)) : null,
      clipped: has.clip ? rows.reduce((sum, row) => sum + row[4]!, 0) : null,
    }
  })
}
