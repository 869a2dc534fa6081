/** Native pixel scale of the DESI Legacy Imaging Surveys, arcsec per pixel. */
export const LEGACY_PIXEL_SCALE = 0.262

/** Width and height of a Galaxy10 DECaLS picture, pixels. */
export const GALAXY10_SIZE = 256

/** A flux of one nanomaggy is of magnitude 22.5 (AB). */
export const NANOMAGGY_MAGNITUDE = 22.5

/**
 * Electrons per nanomaggy for g, r, z in a typical stack. An estimate for DECam and 180, 180 and 400 s of exposure, good
 * to some tens of per cent: it sets how much of a galaxy's own light is photon noise.
 */
export const ELECTRONS_PER_NANOMAGGY: readonly [g: number, r: number, z: number] = [7.9e3, 9.6e3, 1.6e4]

/** AB magnitude of a flux in nanomaggies (positive). */
export function magnitudeOf(flux: number): number {
  return NANOMAGGY_MAGNITUDE - 2.5 * Math.log10(flux)
}

/** Flux in nanomaggies of an AB magnitude. */
export function fluxOf(magnitude: number): number {
  return 10 ** ((NANOMAGGY_MAGNITUDE - magnitude) / 2.5)
}
