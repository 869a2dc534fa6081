import { PureGalaxyError } from '../errors.ts'
import { GALAXY10_SIZE, LEGACY_PIXEL_SCALE } from './bands.ts'

/** A square of sky, north up, as a survey's server draws it in colours. */
export interface Cutout {
  /** Right ascension of its middle, degrees, 0 to 360. */
  readonly ra: number
  /** Declination of its middle, degrees, −90 to 90. */
  readonly dec: number
  /** Arcsec per pixel, 0.05 to 10; default 0.262, the native scale of the Legacy Surveys. */
  readonly pixelScale?: number
  /** Pixels a side, 16 to 1024; default 256, as Galaxy10 has. */
  readonly size?: number
  /** Which imaging; default the first that is allowed. */
  readonly layer?: string
}

/** What the numbers of a cut-out may be. */
export const CUTOUT_RANGES = {
  ra: { minimum: 0, maximum: 360, unit: 'degrees' },
  dec: { minimum: -90, maximum: 90, unit: 'degrees' },
  pixelScale: { minimum: 0.05, maximum: 10, unit: 'arcsec per pixel' },
  size: { minimum: 16, maximum: 1024, unit: 'pixels, a whole number' },
} as const

/** Layers of the Legacy Surveys viewer, whose colours Galaxy10 DECaLS has: g, r, z of both hemispheres, and a later release. */
export const LEGACY_LAYERS: readonly string[] = ['ls-dr9', 'ls-dr10']

/** Letters that the name of a layer may have. */
export const LAYER_NAME = /^[\w.-]{1,64}$/

/**
 * A cut-out of values that a stranger gave, of whatever type they are.
 *
 * @throws PureGalaxyError `survey.cutout` that names the value, what was expected, and of what was sent numbers alone
 * @example parseCutout({ ra: 184.74, dec: 47.3 }) // { ra: 184.74, dec: 47.3 }
 */
export function parseCutout(values: { readonly [Name in keyof Cutout]?: unknown }): Cutout {
  const { pixelScale, size, layer } = values
  if (layer !== undefined && !(typeof layer === 'string' && LAYER_NAME.test(layer)))
    throw new PureGalaxyError('survey.cutout', 'layer is no name of a layer, such as ls-dr9.')
  return {
    ra: parseNumber('ra', values.ra),
    dec: parseNumber('dec', values.dec),
    ...(pixelScale === undefined ? {} : { pixelScale: parseNumber('pixelScale', pixelScale) }),
    ...(size === undefined ? {} : { size: parseNumber('size', size) }),
    ...(layer === undefined ? {} : { layer }),
  }
}

function parseNumber(name: keyof typeof CUTOUT_RANGES, value: unknown): number {
  const { minimum, maximum, unit } = CUTOUT_RANGES[name]
  const whole = name !== 'size' || Number.isInteger(value)
  if (typeof value === 'number' && value >= minimum && value <= maximum && whole) return value
  const isNumber = typeof value === 'number' && !Number.isNaN(value)
  const found = value === undefined ? 'missing' : isNumber ? value : 'no number'
  throw new PureGalaxyError(
    'survey.cutout',
    `${name} is ${found}; expected from ${minimum} to ${maximum} ${unit}.`,
  )
}

/** A cut-out with nothing left open. */
export type CompleteCutout = Required<Cutout>

/**
 * A cut-out with the defaults in the place of what it leaves open.
 *
 * @param layers those allowed, the default first
 * @throws PureGalaxyError `survey.cutout` for a number out of its range or another layer
 */
export function completeCutout(cutout: Cutout, layers: readonly string[]): CompleteCutout {
  const {
    pixelScale = LEGACY_PIXEL_SCALE,
    size = GALAXY10_SIZE,
    layer = layers[0]!,
    ...place
  } = parseCutout(cutout)
  if (!layers.includes(layer))
    throw new PureGalaxyError('survey.cutout', `There is no such layer here; there are ${layers.join(', ')}.`)
  return { ...place, pixelScale, size, layer }
}

/** Decimals of a position in an address, 0.4 milliarcseconds: the same galaxy has one address, and no exponent. */
const DECIMALS = 7

/**
 * The address of a cut-out, in the form of the Legacy Surveys viewer's `jpeg-cutout`.
 *
 * @param base address of the service, without a query
 * @example
 * const cutout = completeCutout({ ra: 184.74, dec: 47.3 }, LEGACY_LAYERS)
 * cutoutAddress(new URL('https://survey.example/jpeg-cutout'), cutout).search
 * // '?ra=184.7400000&dec=47.3000000&layer=ls-dr9&pixscale=0.262&size=256'
 */
export function cutoutAddress(base: URL, { ra, dec, pixelScale, size, layer }: CompleteCutout): URL {
  const address = new URL(base)
  address.search = new URLSearchParams({
    ra: (ra % 360).toFixed(DECIMALS),
    dec: dec.toFixed(DECIMALS),
    layer,
    pixscale: String(pixelScale),
    size: String(size),
  }).toString()
  return address
}
