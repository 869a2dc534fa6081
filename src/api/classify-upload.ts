import { PureGalaxyError } from '../errors.ts'
import { type PredictionRow, withProbabilities } from '../io/catalogue/prediction-row.ts'
import type { Cutout } from '../survey/cutout.ts'
import type { Place } from './batcher.ts'
import type { ApiLimits } from './limits.ts'
import { pictureType } from './picture-type.ts'
import { problemOf } from './problem.ts'
import type { UploadedPicture } from './read-upload.ts'
import type { PictureDecoder, ServedModel } from './served-model.ts'
import type { Turns } from './turns.ts'

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
  pictures: readonly UploadedPicture[],
  options: ClassifyUploadOptions,
): Promise<Outcome>[] {
  return pictures.map(async (picture, index) => {
    const place = options.places[index]!
    const known = { id: picture.id, ...('cutout' in picture ? placeOf(picture.cutout) : {}) }
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
  picture: UploadedPicture,
  name: string,
  place: Place,
  options: ClassifyUploadOptions,
): Promise<Float64Array> {
  if ('error' in picture) throw picture.error
  const bytes = 'cutout' in picture ? await options.fetchCutout(picture.cutout) : picture.bytes
  const pixels = await decodePictureFile(bytes, name, options)
  return (await place.predict(pixels)).probabilities
}

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
  { model, decode, decoders, limits, signal }: Omit<ClassifyUploadOptions, 'places' | 'fetchCutout'>,
): Promise<Uint8Array> {
  if (bytes.length === 0) throw new PureGalaxyError('io.picture.empty', `${name} is empty.`)
  if (pictureType(bytes) === undefined)
    throw new PureGalaxyError(
      'api.picture-format',
      `${name} is no JPEG, PNG or WebP file by its first bytes. Send one of these.`,
    )
  const [height, width] = model.inputSize
  return decoders.run(() => decode(bytes, { size: [height, width], maxPixels: limits.pixels, name }), signal)
}

const placeOf = ({ ra, dec }: Cutout) => ({ ra, dec })

function outcomeOf(known: PredictionRow, probabilities: Float64Array): Outcome {
  const row = withProbabilities(known, probabilities)
  return row.error === undefined
    ? { row }
    : { row, failure: new PureGalaxyError('api.not-finite', row.error) }
}
