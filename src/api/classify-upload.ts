import { PureGalaxyError } from '../errors.ts'
import { type PredictionRow, withProbabilities } from '../io/catalogue/prediction-row.ts'
import type { Cutout } from '../survey/cutout.ts'
import { fromBase64 } from './base64.ts'
import type { Place } from './batcher.ts'
import type { ApiLimits } from './limits.ts'
import { pictureType } from './picture-type.ts'
import { encodePng, type RawPicture } from './png-file.ts'
import { problemOf } from './problem.ts'
import type { UploadedPicture } from './read-upload.ts'
import type { PictureDecoder, ServedModel } from './served-model.ts'
import type { Turns } from './turns.ts'

/** A picture as it was sent: a file, a position, or its pixels. */
export type SentPicture = UploadedPicture | ({ readonly id: string } & RawPicture)

/** What became of one picture: its row, and the error that the row tells of. */
export interface Outcome {
  readonly row: PredictionRow
  readonly failure?: unknown
}

export interface ClassifyUploadOptions {
  readonly model: ServedModel
  /** One a picture. */
  readonly places: readonly Place[]
  /** The file of a picture that is had by its position. */
  readonly fetchCutout: (cutout: Cutout) => Promise<Uint8Array>
  readonly decode: PictureDecoder
  readonly decoders: Turns
  readonly limits: Pick<ApiLimits, 'pixels'>
  readonly signal: AbortSignal
}

/** Classifies pictures, each for itself: one outcome for each, in order, and none that rejects. */
export function classifyUpload(
  pictures: readonly SentPicture[],
  options: ClassifyUploadOptions,
): Promise<Outcome>[] {
  return pictures.map(async (picture, index) => {
    const place = options.places[index]!
    const known = { id: picture.id, ...placeOf(picture) }
    try {
      const name = pictures.length === 1 ? 'picture' : `picture ${index}`
      return outcomeOf(known, await classifyOne(picture, name, place, options))
    } catch (failure) {
      return { row: { ...known, error: problemOf(failure).detail }, failure }
    } finally {
      place.leave()
    }
  })
}

async function classifyOne(
  picture: SentPicture,
  name: string,
  place: Place,
  options: ClassifyUploadOptions,
): Promise<Float64Array> {
  if ('error' in picture) throw picture.error
  return (await place.predict(await pixelsOf(picture, name, place, options))).probabilities
}

async function pixelsOf(
  picture: Exclude<SentPicture, { readonly error: unknown }>,
  name: string,
  place: Place,
  options: ClassifyUploadOptions,
): Promise<Uint8Array> {
  if ('pixels' in picture) return place.decode(() => fitPixels(picture, name, options))
  if ('base64' in picture)
    return place.decode(() => decodeInTurn(() => checkType(fromBase64(picture.base64), name), name, options))
  const bytes =
    'bytes' in picture ? picture.bytes : await place.fetch(() => options.fetchCutout(picture.cutout))
  checkType(bytes, name)
  return place.decode(() => decodeInTurn(() => bytes, name, options))
}

type DecodeOptions = Omit<ClassifyUploadOptions, 'places' | 'fetchCutout'>

/**
 * Decodes a picture that a stranger sent, if it is one.
 *
 * @param name what errors call it
 * @returns uint8, the model's input size
 * @throws PureGalaxyError `api.picture-format`, `io.picture.…`; the signal's reason
 */
export async function decodePictureFile(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions,
): Promise<Uint8Array> {
  checkType(bytes, name)
  return decodeInTurn(() => bytes, name, options)
}

function checkType(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes.length === 0) throw new PureGalaxyError('io.picture.empty', `${name} is empty.`)
  if (pictureType(bytes) !== undefined) return bytes
  throw new PureGalaxyError(
    'api.picture-format',
    `${name} is no JPEG, PNG or WebP file by its first bytes. Send one of these.`,
  )
}

/** Pixels at the model's input size. They are decoded as a file, so as to be resized as those of files are, whatever decodes here. */
async function fitPixels(picture: RawPicture, name: string, options: DecodeOptions): Promise<Uint8Array> {
  const [height, width] = options.model.inputSize
  if (picture.height === height && picture.width === width) return picture.pixels
  return decodeInTurn(() => encodePng(picture), name, options)
}

/** @param file made when its turn has come, so that few are there at once, and making many does not hold up the event loop */
function decodeInTurn(
  file: () => Uint8Array,
  name: string,
  { model, decode, decoders, limits, signal }: DecodeOptions,
): Promise<Uint8Array> {
  const [height, width] = model.inputSize
  return decoders.run(
    async () => decode(file(), { size: [height, width], maxPixels: limits.pixels, name }),
    signal,
  )
}

function placeOf(picture: SentPicture): Pick<PredictionRow, 'ra' | 'dec'> {
  if ('cutout' in picture) return { ra: picture.cutout.ra, dec: picture.cutout.dec }
  return 'error' in picture ? { ra: picture.ra, dec: picture.dec } : {}
}

function outcomeOf(known: PredictionRow, probabilities: Float64Array): Outcome {
  const row = withProbabilities(known, probabilities)
  return row.error === undefined
    ? { row }
    : { row, failure: new PureGalaxyError('api.not-finite', row.error) }
}
