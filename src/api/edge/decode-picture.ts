import { PureGalaxyError } from '../../errors.ts'
import { refuseEndlessScans } from '../../io/pictures/jpeg-scans.ts'
import {
  corruptPicture,
  emptyPicture,
  pictureFormatError,
  tooManyPixels,
  tooThin,
} from '../../io/pictures/picture-errors.ts'
import { pictureType } from '../picture-type.ts'
import type { PictureDecoder } from '../served-model.ts'
import { isSrgbProfile } from './colour-profile.ts'
import { decodePng } from './decode-png.ts'
import type { Decoders } from './decoders.ts'
import { inflate } from './inflate.ts'
import { type ProfilePart, readPictureHeader } from './picture-header.ts'
import { enlarge, type Part, reduce, type Samples } from './resample.ts'
import { toRgb, withoutAlpha } from './to-rgb.ts'
import { runsBackwards, turn, turnsSideways } from './turn.ts'

/** Bytes of a profile, inflated. */
const LARGEST_PROFILE = 2 ** 20

const ADVICE = 'Give JPEG of RGB or grey, PNG or WebP, with the colours of sRGB.'

/** Pixels of a side from which on libvips resizes no picture to it, of which no more than the centre is kept. */
const ENDLESS_SIDE = 2 ** 25

/**
 * Decodes pictures without sharp to the pixels that `decodePicture` of `src/io` gives with it, which it follows step by
 * step: the decoder reduces JPEG and WebP, alpha is composed on black, the picture is resized, cut to its centre, turned
 * and brought to 8-bit RGB. Two things it does not do: convert CMYK, and colour profiles other than sRGB; such pictures
 * are refused.
 */
export function edgeDecoder(decoders: Decoders): PictureDecoder {
  return async (bytes, { size, maxPixels, name }) => {
    if (bytes.length === 0) throw emptyPicture(name)
    const format = pictureType(bytes)
    if (format === undefined) throw pictureFormatError(name, 'is no JPEG, PNG or WebP', ADVICE)
    if (format === 'JPEG') refuseEndlessScans(bytes, name)
    const header = readPictureHeader(bytes, format)
    if (header === undefined) throw corruptPicture(name, format, 'it ends before its size')
    if (header.width * header.height > maxPixels) throw tooManyPixels(name, header, maxPixels)
    if (header.bands === 4) throw pictureFormatError(name, 'has the four colours of print (CMYK)', ADVICE)
    const { orientation } = header
    const [height, width] = turnsSideways(orientation) ? [size[1], size[0]] : size
    const longer = Math.max(header.height, header.width)
    if (longer / shrinkOf(header, height, width) >= ENDLESS_SIDE) throw tooThin(name, header, size)
    try {
      if (header.profile !== undefined) await refuseOtherColours(header.profile, name)
      const samples = withoutAlpha(await decode(decoders, bytes, format, shrinkOf(header, height, width)))
      return toRgb(turn(cover(samples, height, width, orientation), orientation))
    } catch (error) {
      if (error instanceof PureGalaxyError) throw error
      // Of WebAssembly's traps the message says nothing.
      const what = error instanceof WebAssembly.RuntimeError ? 'its data' : (error as Error).message
      throw corruptPicture(name, format, what, { cause: error })
    }
  }
}

/** Pixels of the picture for one of the result, so that the result is covered. */
const shrinkOf = (
  picture: { readonly height: number; readonly width: number },
  height: number,
  width: number,
): number => Math.min(picture.height / height, picture.width / width)

async function decode(
  decoders: Decoders,
  bytes: Uint8Array,
  format: 'JPEG' | 'PNG' | 'WebP',
  shrink: number,
): Promise<Samples> {
  if (format === 'PNG') return decodePng(bytes)
  if (format === 'WebP') return decoders.webp(bytes, shrink > 1 ? 1 / shrink : 1)
  return decoders.jpeg(bytes, jpegShrink(shrink))
}

/** How much sharp has libjpeg shrink: by a power of two, and always less than all that is to be shrunk. */
function jpegShrink(shrink: number): 1 | 2 | 4 | 8 {
  if (shrink >= 9) return 8
  if (shrink >= 5) return 4
  return shrink >= 3 ? 2 : 1
}

/** Resizes a picture so that height × width is covered, and cuts that from the centre it has when it stands upright. */
function cover(samples: Samples, height: number, width: number, orientation: number): Samples {
  const shrink = shrinkOf(samples, height, width)
  const backwards = runsBackwards(orientation)
  const part = {
    top: centreOf(Math.round(samples.height / shrink) - height, backwards.rows),
    left: centreOf(Math.round(samples.width / shrink) - width, backwards.columns),
    height,
    width,
  }
  if (shrink < 1) return enlarge(samples, shrink, part)
  return cut(shrink === 1 ? samples : reduce(samples, shrink), part)
}

/** Of lines that are left over, how many come before the centre: where they are odd one more, as the picture stands upright. */
const centreOf = (left: number, backwards: boolean): number => (left + (backwards ? 0 : 1)) >> 1

function cut(samples: Samples, { top, left, height, width }: Part): Samples {
  if (samples.height === height && samples.width === width) return samples
  const { channels } = samples
  const data = samples.data.slice(0, height * width * channels)
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * samples.width + left) * channels
    data.set(samples.data.subarray(from, from + width * channels), row * width * channels)
  }
  return { data, height, width, channels }
}

async function refuseOtherColours({ bytes, deflated }: ProfilePart, name: string): Promise<void> {
  const profile = deflated ? await inflateProfile(bytes) : bytes
  if (!isSrgbProfile(profile))
    throw pictureFormatError(
      name,
      'has a colour profile other than sRGB, which is not converted here',
      ADVICE,
    )
}

async function inflateProfile(bytes: Uint8Array): Promise<Uint8Array> {
  const profile = await inflate(bytes.slice(), LARGEST_PROFILE + 1)
  if (profile.length > LARGEST_PROFILE) throw new Error('its colour profile is larger than 1 MiB')
  return profile
}
