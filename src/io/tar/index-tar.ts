import { type FileHandle, open } from 'node:fs/promises'
import { archiveError } from './open-decompressed.ts'
import { BLOCK_BYTES, decodePax, decodeTarHeader, isZeroBlock, paddedSize, text } from './tar-header.ts'

/** Where the regular files of an uncompressed tar lie, in the order of the archive. */
export interface TarIndex {
  /** As in the archive, without a leading `./`. */
  readonly names: string[]
  /** Byte of the archive at which each file's content begins. */
  readonly offsets: number[]
  /** Bytes. */
  readonly sizes: number[]
}

export interface IndexTarOptions {
  /** Bytes of the archive that are passed, and all. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Read around a header at once: several members of an archive of small files, and cheap in one of large ones. */
const WINDOW_BYTES = 64 * 1024

/** Names longer than this are nonsense, and their length must not decide how much memory is taken. */
const MAX_EXTENSION_BYTES = 4 * 1024 * 1024

/**
 * Indexes an uncompressed tar: reads its headers and passes over the contents.
 *
 * @throws PureGalaxyError `io.archive` where it is truncated or damaged, and those of `fileError`; the signal's reason
 * @example const { names, offsets, sizes } = await indexTar('imagenette.tar')
 */
export async function indexTar(path: string, options: IndexTarOptions = {}): Promise<TarIndex> {
  try {
    const handle = await open(path, 'r')
    try {
      return await walk(handle, options)
    } finally {
      await handle.close()
    }
  } catch (error) {
    options.signal?.throwIfAborted()
    throw archiveError(path, error)
  }
}

async function walk(handle: FileHandle, { onProgress, signal }: IndexTarOptions): Promise<TarIndex> {
  const { size: total } = await handle.stat()
  const index: TarIndex = { names: [], offsets: [], sizes: [] }
  const window = new ReadWindow(handle)
  let pax = new Map<string, string>()
  let longName: string | undefined
  for (let position = 0; ; ) {
    signal?.throwIfAborted()
    const block = await window.read(position, BLOCK_BYTES)
    if (isZeroBlock(block)) break
    const header = decodeTarHeader(block)
    const content = position + BLOCK_BYTES
    const size = pax.has('size') && header.type !== 'x' ? Number(pax.get('size')) : header.size
    if (!Number.isSafeInteger(size) || size < 0) throw new Error('a header has a wrong size')
    if (header.type === 'x' || header.type === 'L') {
      if (size > MAX_EXTENSION_BYTES) throw new Error('a header is too long')
      const extension = await window.read(content, size)
      if (header.type === 'x') pax = decodePax(extension)
      else longName = text(extension, 0, extension.length)
    } else {
      if (header.type === '0' || header.type === '7') {
        index.names.push((pax.get('path') ?? longName ?? header.name).replace(/^(\.\/)+/, ''))
        index.offsets.push(content)
        index.sizes.push(size)
      }
      pax = new Map()
      longName = undefined
    }
    position = content + paddedSize(size)
    if (position > total) throw new Error('the last file in it is cut off')
    onProgress?.(position, total)
  }
  onProgress?.(total, total)
  return index
}

/** Reads pieces of a file, keeping what was read around the last one. */
class ReadWindow {
  readonly #handle: FileHandle
  #start = 0
  #bytes = Buffer.alloc(0)

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async read(position: number, length: number): Promise<Buffer> {
    const at = position - this.#start
    if (at >= 0 && at + length <= this.#bytes.length) return this.#bytes.subarray(at, at + length)
    const buffer = Buffer.alloc(Math.max(length, WINDOW_BYTES))
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, position)
    if (bytesRead < length) throw new Error('no end-of-archive mark')
    this.#start = position
    this.#bytes = buffer.subarray(0, bytesRead)
    return this.#bytes.subarray(0, length)
  }
}

/** The content of one file of an indexed tar. */
export async function readTarMember(handle: FileHandle, index: TarIndex, member: number): Promise<Buffer> {
  const size = index.sizes[member]!
  const content = Buffer.alloc(size)
  const { bytesRead } = await handle.read(content, 0, size, index.offsets[member]!)
  return content.subarray(0, bytesRead)
}
