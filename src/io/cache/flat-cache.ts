import { createHash } from 'node:crypto'
import { read as readCallback } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { PureGalaxyError } from '../../errors.ts'
import { fileError } from '../file-errors.ts'
import {
  DIGEST_BYTES,
  decodeHeader,
  type FlatCacheHeader,
  flatCacheBytes,
  type JsonValue,
  PIXELS_OFFSET,
  pictureDigest,
} from './format.ts'

const pread = promisify(readCallback)

/** Longest run of neighbouring pictures that one system call fetches. */
const RUN_BYTES = 8 * 1024 * 1024

/** Reads under way at once: enough for the four threads of Node's pool to have the next one at hand. */
const READS_AT_ONCE = 8

/** Pictures of one size in one file, read at random; see format.ts. Only the checksums are held in memory. */
export class FlatCache {
  readonly path: string
  readonly height: number
  readonly width: number
  readonly count: number
  /** What the producer kept beside the pictures. */
  readonly extra: JsonValue
  readonly #handle: FileHandle
  readonly #digests: Buffer
  /** 1 where a picture was found to match its checksum. */
  readonly #verified: Uint8Array
  #closed = false

  private constructor(path: string, handle: FileHandle, header: FlatCacheHeader, tail: Buffer) {
    this.path = path
    this.height = header.height
    this.width = header.width
    this.count = header.count
    this.#handle = handle
    this.#digests = tail.subarray(0, header.count * DIGEST_BYTES)
    this.#verified = new Uint8Array(header.count)
    this.extra = JSON.parse(tail.subarray(this.#digests.length).toString()) as JsonValue
  }

  /**
   * Opens a cache made for `key`. Gives undefined where there is none, or where what is there is of another version,
   * for another key, cut short or damaged in its header: such a file is to be built again.
   *
   * @throws PureGalaxyError `io.permission`, `io.device` … where the file is there and cannot be read
   */
  static async open(path: string, key: string): Promise<FlatCache | undefined> {
    let handle: FileHandle
    try {
      handle = await open(path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw fileError(error, path)
    }
    const cache = await readValid(handle, key).catch(() => undefined)
    if (cache === undefined) {
      await handle.close()
      return undefined
    }
    return new FlatCache(path, handle, cache.header, cache.tail)
  }

  /**
   * Writes the pictures at `indices`, in that order, to `out`.
   *
   * @param indices each 0 … count − 1; any order, repeats allowed
   * @param out uint8 NHWC, at least indices.length × height × width × 3 long
   * @throws PureGalaxyError `io.cache-damaged` where a picture does not match its checksum (the cache is removed, so
   *   that the next command builds it again); `io.index` where an index is out of range
   */
  async read(indices: ArrayLike<number>, out: Uint8Array): Promise<void> {
    const pictureBytes = this.height * this.width * 3
    if (this.#closed)
      throw new PureGalaxyError('io.closed', `${this.path}: the data set is closed. Open it again.`)
    if (out.length < indices.length * pictureBytes) {
      throw new PureGalaxyError(
        'io.buffer-size',
        `${this.path}: ${indices.length} pictures need ${indices.length * pictureBytes} bytes, the buffer has ${out.length}.`,
      )
    }
    const runs = neighbours(indices, Math.max(1, Math.floor(RUN_BYTES / pictureBytes)))
    for (const { first, length } of runs) {
      if (!(Number.isInteger(first) && first >= 0 && first + length <= this.count)) {
        throw new PureGalaxyError(
          'io.index',
          `${this.path}: picture ${first} of 0 … ${this.count - 1} was asked for.`,
        )
      }
    }
    let next = 0
    const reader = async () => {
      while (next < runs.length) {
        const { at, first, length } = runs[next++]!
        await this.#readRun(first, out.subarray(at * pictureBytes, (at + length) * pictureBytes))
      }
    }
    await Promise.all(Array.from({ length: Math.min(READS_AT_ONCE, runs.length) }, reader))
  }

  /** Closes the file; reading afterwards throws. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#handle.close()
  }

  async #readRun(first: number, out: Uint8Array): Promise<void> {
    const pictureBytes = this.height * this.width * 3
    const start = PIXELS_OFFSET + first * pictureBytes
    let done = 0
    while (done < out.length) {
      const { bytesRead } = await pread(this.#handle.fd, out, done, out.length - done, start + done).catch(
        (error) => {
          throw fileError(error, this.path)
        },
      )
      if (bytesRead === 0) await this.#damaged(first)
      done += bytesRead
    }
    for (let at = 0; at < out.length; at += pictureBytes) {
      const index = first + at / pictureBytes
      if (this.#verified[index] === 1) continue
      const expected = this.#digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES)
      if (!pictureDigest(out.subarray(at, at + pictureBytes)).equals(expected)) await this.#damaged(index)
      this.#verified[index] = 1
    }
  }

  async #damaged(index: number): Promise<never> {
    await rm(this.path, { force: true }).catch(() => undefined)
    throw new PureGalaxyError(
      'io.cache-damaged',
      `${this.path}: picture ${index} of this cache is damaged. The cache was removed: run the command again to rebuild it, and check the disk if this happens again.`,
    )
  }
}

/** Header and tail of an open cache, or undefined where anything about them is wrong. */
async function readValid(handle: FileHandle, key: string) {
  const block = Buffer.alloc(PIXELS_OFFSET)
  await handle.read(block, 0, block.length, 0)
  const header = decodeHeader(block)
  if (header === undefined || header.key !== key) return undefined
  const { size } = await handle.stat()
  if (size !== flatCacheBytes(header)) return undefined
  const tail = Buffer.alloc(header.tailBytes)
  await handle.read(tail, 0, tail.length, size - tail.length)
  if (createHash('sha256').update(tail).digest('hex') !== header.tailSha256) return undefined
  return { header, tail }
}

/** Splits `indices` into runs of consecutive numbers, each at most `longest` long. */
function neighbours(indices: ArrayLike<number>, longest: number) {
  const runs: { at: number; first: number; length: number }[] = []
  for (let at = 0; at < indices.length; at++) {
    const last = runs.at(-1)
    if (last !== undefined && indices[at] === last.first + last.length && last.length < longest) last.length++
    else runs.push({ at, first: indices[at]!, length: 1 })
  }
  return runs
}
