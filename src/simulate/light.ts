import { fluxOf } from '../survey/index.ts'

/** Flux in nanomaggies in the bands g, r, z. */
export type Light = readonly [g: number, r: number, z: number]

/** Light of a magnitude in r and colours g − r and r − z (AB). */
export function lightOf(magnitude: number, gr: number, rz: number): Light {
  return [fluxOf(magnitude + gr), fluxOf(magnitude), fluxOf(magnitude - rz)]
}

/**
 * Light of a stellar population, named by its g − r alone: r − z follows the locus of the galaxies of Galaxy10 DECaLS
 * (r − z = 0.07 + 0.61 (g − r), fitted to medians per class; `docs/simulator.md`).
 */
export function populationLight(magnitude: number, gr: number): Light {
  return lightOf(magnitude, gr, 0.07 + 0.61 * gr)
}

/** A share of some light. */
export function share(light: Light, fraction: number): Light {
  return [light[0] * fraction, light[1] * fraction, light[2] * fraction]
}
