import { PureGalaxyError } from '../../errors.ts'
import { type DecodePictureOptions, decodePicture } from './decode-picture.ts'
import { defaultConcurrency, mapOrdered } from './map-ordered.ts'
import type { Picture } from './picture.ts'

export interface DecodeAllOptions extends Omit<DecodePictureOptions, 'name'> {
  /** Pictures in work at once, which bounds the memory; default the number of cores and one more. */
  readonly concurrency?: number
  readonly signal?: AbortSignal
}

/** What became of one source: exactly one of `picture` and `error` is there. */
export type DecodedPicture =
  | { readonly index: number; readonly picture: Picture; readonly error?: undefined }
  | { readonly index: number; readonly picture?: undefined; readonly error: PureGalaxyError }

/**
 * Decodes many pictures in parallel and yields them in order. A picture that cannot be read is an item with `error`, and the
 * rest goes on; at most `concurrency` pictures are in memory, and sources are taken only as results are.
 *
 * @param sources paths, or bytes
 * @throws the signal's reason, and whatever is not about one picture (a bug, a lack of memory)
 * @example
 *   for await (const { index, picture, error } of decodeAll(paths, { size: [64, 64] })) {
 *     if (error) console.error(error.message)
 *     else batch.set(picture.data, index * 64 * 64 * 3)
 *   }
 */
export function decodeAll(
  sources: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  options: DecodeAllOptions = {},
): AsyncGenerator<DecodedPicture, void, undefined> {
  const { concurrency = defaultConcurrency(), signal, ...decoding } = options
  const decode = async (source: string | Uint8Array, index: number): Promise<DecodedPicture> => {
    try {
      return { index, picture: await decodePicture(source, decoding) }
    } catch (error) {
      if (error instanceof PureGalaxyError) return { index, error }
      throw error
    }
  }
  return mapOrdered(sources, concurrency, decode, signal)
}
