import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { PureGalaxyError } from '../../errors.ts'
import {
  DIGEST_BYTES,
  encodeHeader,
  type FlatCacheHeader,
  type JsonValue,
  PIXELS_OFFSET,
  pictureDigest,
} from './format.ts'

/** Takes pictures one batch after the other. */
export interface PictureSink {
  /**
   * Appends whole pictures, uint8 NHWC; the buffer may be used again when the promise is kept.
   *
   * @throws the signal's reason once the work is called off
   */
  append(pictures: Uint8Array): Promise<void>
}

/** Fills a cache and returns what is to be kept beside the pictures (labels, ids …). */
export type PictureProducer = (sink: PictureSink) => Promise<JsonValue>

/** What the header says of where the pictures come from. */
export type FlatCacheOrigin = Pick<FlatCacheHeader, 'key' | 'identity' | 'source' | 'height' | 'width'>

/**
 * Writes a flat cache to an empty open file. The header comes last: before that the file is no cache.
 *
 * @throws what the producer throws; the file system's errors as they are
 */
export async function writeFlatCache(
  handle: FileHandle,
  origin: FlatCacheOrigin,
  produce: PictureProducer,
  options: { count?: number; onProgress?: (done: number, total: number) => void; signal?: AbortSignal },
): Promise<void> {
  const pictureBytes = origin.height * origin.width * 3
  const digests: Buffer[] = []
  let count = 0
  const append = async (pictures: Uint8Array) => {
    options.signal?.throwIfAborted()
    if (pictures.length % pictureBytes !== 0) {
      throw new RangeError(`${pictures.length} bytes are not whole pictures of ${pictureBytes} bytes`)
    }
    await writeFully(handle, pictures, PIXELS_OFFSET + count * pictureBytes)
    const batch = Buffer.alloc((pictures.length / pictureBytes) * DIGEST_BYTES)
    for (let i = 0; i * pictureBytes < pictures.length; i++) {
      pictureDigest(pictures.subarray(i * pictureBytes, (i + 1) * pictureBytes)).copy(batch, i * DIGEST_BYTES)
    }
    digests.push(batch)
    count += pictures.length / pictureBytes
    options.onProgress?.(count, options.count ?? count)
  }
  const extra = await produce({ append })
  options.signal?.throwIfAborted()
  if (options.count !== undefined && count !== options.count) {
    throw new PureGalaxyError(
      'io.count',
      `${origin.source}: ${options.count} pictures were expected and ${count} were found. The file may have changed while it was read: run the command again.`,
    )
  }
  const tail = Buffer.concat([...digests, Buffer.from(JSON.stringify(extra))])
  await writeFully(handle, tail, PIXELS_OFFSET + count * pictureBytes)
  const tailSha256 = createHash('sha256').update(tail).digest('hex')
  await writeFully(handle, encodeHeader({ ...origin, count, tailBytes: tail.length, tailSha256 }), 0)
}

/** A single write is limited to 2 GiB and may be cut short by the system. */
async function writeFully(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  const most = 1024 * 1024 * 1024
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await handle.write(
      data,
      done,
      Math.min(most, data.length - done),
      position + done,
    )
    done += bytesWritten
  }
}
