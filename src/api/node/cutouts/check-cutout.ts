import { PureGalaxyError } from '../../../errors.ts'
import { decodePicture } from '../../../io/pictures/decode-picture.ts'
import type { Picture } from '../../../io/pictures/picture.ts'
import { pictureType } from '../../picture-type.ts'
import { cutoutError } from './cutout-error.ts'
import type { Download } from './download.ts'

const TYPES: Readonly<Record<string, ReturnType<typeof pictureType>>> = {
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/webp': 'WebP',
}

/**
 * Whether an answer is the picture that was asked for: of a type that is taken, by what it is called and by what it is;
 * whole; of the size asked for, because another has another scale than we believe; and not of one colour, as what a
 * survey draws where it has not looked.
 *
 * @throws PureGalaxyError `api.cutout.type`, `api.cutout.size`, `api.cutout.damaged`, `api.cutout.blank`
 */
export async function checkCutout({ bytes, type }: Download, size: number): Promise<void> {
  const expected = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined
  if (expected === undefined)
    throw cutoutError('type', "The survey's answer is no JPEG, PNG or WebP picture by its Content-Type.")
  if (pictureType(bytes) !== expected)
    throw cutoutError('type', `The survey's answer is called a ${expected} picture and is none.`)
  const { data, height, width } = await decode(bytes, size)
  if (height !== size || width !== size)
    throw cutoutError(
      'size',
      `The survey's picture has ${width}×${height} pixels, not ${size}×${size} as asked.`,
    )
  if (isPlain(data))
    throw cutoutError('blank', 'The survey has no picture there: all of its pixels are of one colour.')
}

async function decode(bytes: Uint8Array, size: number): Promise<Picture> {
  try {
    return await decodePicture(bytes, { maxPixels: size * size, name: "the survey's picture" })
  } catch (error) {
    if (!(error instanceof PureGalaxyError)) throw error
    if (error.code === 'io.picture.too-large')
      throw cutoutError('size', `The survey's picture is larger than ${size}×${size} pixels as asked.`, error)
    throw cutoutError('damaged', "The survey's picture is truncated or damaged.", error)
  }
}

/** Whether all pixels of an RGB picture are the same. */
const isPlain = (data: Uint8Array): boolean => data.every((value, at) => value === data[at % 3])
