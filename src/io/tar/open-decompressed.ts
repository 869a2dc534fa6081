import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pipeline, Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { createGunzip } from 'node:zlib'
import { PureGalaxyError } from '../../errors.ts'
import { fileError } from '../file-errors.ts'

/** How a tar archive is compressed. */
export type ArchiveCompression = 'none' | 'gzip' | 'xz'

const CHUNK_BYTES = 256 * 1024

/**
 * Whether a file is a tar archive, and how compressed, by its first bytes. What a compressed file holds is not looked at.
 *
 * @returns undefined when it is neither tar, gzip nor xz
 * @throws PureGalaxyError `io.not-found`, `io.permission` …
 */
export async function sniffArchive(path: string): Promise<ArchiveCompression | undefined> {
  const head = Buffer.alloc(512)
  try {
    const handle = await open(path, 'r')
    await handle.read(head, 0, head.length, 0).finally(() => handle.close())
  } catch (error) {
    throw fileError(error, path)
  }
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (head.subarray(0, 6).equals(Buffer.from('\xfd7zXZ\0', 'latin1'))) return 'xz'
  return head.toString('latin1', 257, 262) === 'ustar' ? 'none' : undefined
}

/**
 * The bytes of an archive without its compression, as a stream. xz is decompressed in WebAssembly, at some 60 MB/s.
 * Errors of the stream are `PureGalaxyError`: `io.archive` where the data are truncated or damaged, and those of `fileError`.
 *
 * @param onProgress bytes of the file that are read, and all
 */
export async function openDecompressed(
  path: string,
  compression: ArchiveCompression,
  onProgress?: (done: number, total: number) => void,
): Promise<Readable> {
  const handle = await open(path, 'r').catch((error) => {
    throw fileError(error, path)
  })
  const { size } = await handle.stat()
  const file = createReadStream('', { fd: handle, highWaterMark: CHUNK_BYTES })
  let done = 0
  if (onProgress) {
    file.on('data', (chunk) => {
      done += chunk.length
      onProgress(done, size)
    })
    file.pause()
  }
  if (compression === 'none') return file
  const plain =
    compression === 'gzip'
      ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
      : await decompressXz(file)
  return named(plain, path)
}

/** Kept when the xz stream opened last is closed. */
let xzClosed: Promise<unknown> = Promise.resolve()

/**
 * The library decompresses one stream at a time, and one that is cancelled while it waits for its turn would block all after
 * it: so each is only made when the one before is closed.
 */
async function decompressXz(file: Readable): Promise<Readable> {
  // A CommonJS bundle whose names Node cannot tell for `import`, though its types and test runners think so.
  const { XzReadableStream } = createRequire(import.meta.url)(
    'xz-decompress',
  ) as typeof import('xz-decompress')
  const before = xzClosed
  let close = () => {}
  xzClosed = new Promise<void>((resolve) => {
    close = resolve
  })
  await before
  // Node's types of a web stream and the library's, which are the browser's, differ in name only.
  const compressed = Readable.toWeb(file) as unknown as ConstructorParameters<typeof XzReadableStream>[0]
  const plain = Readable.fromWeb(new XzReadableStream(compressed) as unknown as ReadableStream)
  return plain.once('close', close)
}

/** Gives the errors of a decompressor the file's name. */
function named(plain: Readable, path: string): Readable {
  async function* chunks() {
    try {
      yield* plain
    } catch (error) {
      throw archiveError(path, error)
    }
  }
  const readable = Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK_BYTES })
  // A generator that was never started has no end either: what it would have read must be closed from here.
  return readable.once('close', () => plain.destroy())
}

/** What a decompressor or a tar reader complains of, naming the archive. */
export function archiveError(path: string, error: unknown): unknown {
  const known = fileError(error, path)
  if (known instanceof PureGalaxyError || !(error instanceof Error) || error.name === 'AbortError')
    return known
  return new PureGalaxyError(
    'io.archive',
    `${path}: the archive is truncated or damaged (${error.message}). Fetch it again.`,
    { cause: error },
  )
}
