/**
 * What surveys do to light: bands, magnitudes, pixel scales, the stretch that turns flux into the colours of a picture,
 * the classes that catalogues give to galaxies, and what a cut-out of the sky is. Knows no files and no models; what galaxies look like is the
 * business of `simulate`, what noise does to a classifier that of `robustness`.
 */
export {
  ELECTRONS_PER_NANOMAGGY,
  fluxOf,
  GALAXY10_SIZE,
  LEGACY_PIXEL_SCALE,
  magnitudeOf,
  NANOMAGGY_MAGNITUDE,
} from './bands.ts'
export {
  type CompleteCutout,
  CUTOUT_RANGES,
  type Cutout,
  completeCutout,
  cutoutAddress,
  LAYER_NAME,
  LEGACY_LAYERS,
  parseCutout,
} from './cutout.ts'
export { type ClassScheme, GALAXY10_DECALS, GALAXY10_SDSS } from './galaxy10.ts'
export {
  EMPTY_SKY,
  type FluxPlanes,
  STRETCH,
  stretchFactor,
  stretchToBytes,
  stretchToRgb,
  unstretch,
  unstretchFactor,
} from './stretch.ts'
