import { PureGalaxyError } from '../../errors.ts'

/** What is said of a picture that cannot be decoded, the same wherever it is decoded. */
export const emptyPicture = (name: string): PureGalaxyError =>
  new PureGalaxyError('io.picture.empty', `${name}: the file is empty. Fetch it again.`)

/**
 * @param what `is PDF`, `has 4 bands`
 * @param advice what is taken where it is decoded
 */
export const pictureFormatError = (
  name: string,
  what: string,
  advice = 'Give JPEG, PNG, WebP, TIFF or GIF pictures of 8 or 16 bits.',
): PureGalaxyError => new PureGalaxyError('io.picture.format', `${name} ${what}. ${advice}`)

/** @param what what the decoder says, in some words */
export const corruptPicture = (
  name: string,
  format: string,
  what: string,
  options?: { cause: unknown },
): PureGalaxyError =>
  new PureGalaxyError(
    'io.picture.corrupt',
    `${name}: truncated or damaged ${format} (${what}). Fetch the file again.`,
    options,
  )

export const tooManyPixels = (
  name: string,
  { width, height }: { readonly width: number; readonly height: number },
  maxPixels: number,
): PureGalaxyError =>
  new PureGalaxyError(
    'io.picture.too-large',
    `${name}: ${width}×${height} pixels, more than the limit of ${maxPixels}. Cut the object out, or reduce the picture.`,
  )

/** @param size [height, width] that it was to have */
export const tooThin = (
  name: string,
  { width, height }: { readonly width: number; readonly height: number },
  size: readonly [height: number, width: number],
): PureGalaxyError =>
  new PureGalaxyError(
    'io.picture.too-large',
    `${name}: ${width}×${height} pixels, too long and thin to be brought to ${size[1]}×${size[0]}. Cut the object out.`,
  )
