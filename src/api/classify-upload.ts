import { PureGalaxyError } from '../errors.ts'
import { type PredictionRow, withProbabilities } from '../io/catalogue/prediction-row.ts'
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
    try {
      const name = pictures.length === 1 ? 'picture' : `picture ${index}`
      return outcomeOf(picture.id, await classifyOne(picture, name, place, options))
    } catch (failure) {
      return { row: { id: picture.id, error: problemOf(failure).detail }, failure }
    } finally {
      place.leave()
    }
  })
}

async function classifyOne(
  picture: UploadedPicture,
  name: string,
  place: Place,
  { model, decode, decoders, limits, signal }: ClassifyUploadOptions,
): Promise<Float64Array> {
  const { bytes } = picture
  if (bytes === undefined) throw picture.error
  if (bytes.length === 0) throw new PureGalaxyError('io.picture.empty', `${name} is empty.`)
  if (pictureType(bytes) === undefined)
    throw new PureGalaxyError(
      'api.picture-format',
      `${name} is no JPEG, PNG or WebP file by its first bytes. Send one of these.`,
    )
  const [height, width] = model.inputSize
  const pixels = await decoders.run(
    () => decode(bytes, { size: [height, width], maxPixels: limits.pixels, name }),
    signal,
  )
  return (await place.predict(pixels)).probabilities
}

function outcomeOf(id: string, probabilities: Float64Array): Outcome {
  const row = withProbabilities({ id }, probabilities)
  return row.error === undefined
    ? { row }
    : { row, failure: new PureGalaxyError('api.not-finite', row.error) }
}
