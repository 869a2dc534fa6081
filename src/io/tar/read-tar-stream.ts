import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { type ArchiveCompression, archiveError, openDecompressed } from './open-decompressed.ts'

/** A regular file in an archive. */
export interface TarMember {
  /** As in the archive, without a leading `./`. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** The whole content. Members that are not asked for are skipped. */
  read(): Promise<Buffer>
}

/**
 * The regular files of an archive from front to back, one at a time: `read` a member before taking the next.
 *
 * @param onProgress bytes of the archive that are read, and all
 * @throws PureGalaxyError `io.archive` where it is truncated or damaged, and those of `fileError`; the signal's reason
 * @example for await (const member of readTarStream('cifar.tar.xz', 'xz')) console.log(member.name, member.size)
 */
export async function* readTarStream(
  path: string,
  compression: ArchiveCompression,
  options: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
): AsyncGenerator<TarMember, void, undefined> {
  const members = extract()
  const archive = await openDecompressed(path, compression, options.onProgress)
  const bytes = Readable.from(requireEnd(archive), { objectMode: false })
  bytes.on('error', (error) => members.destroy(error))
  bytes.pipe(members)
  try {
    for await (const entry of members) {
      options.signal?.throwIfAborted()
      if (entry.header.type === 'file' || entry.header.type === 'contiguous-file') {
        const size = entry.header.size ?? 0
        yield {
          name: entry.header.name.replace(/^(\.\/)+/, ''),
          size,
          async read() {
            const chunks: Buffer[] = []
            try {
              for await (const chunk of entry) chunks.push(chunk as Buffer)
            } catch (error) {
              throw archiveError(path, error)
            }
            return Buffer.concat(chunks, size)
          },
        }
      }
      entry.resume()
    }
  } catch (error) {
    throw archiveError(path, error)
  } finally {
    bytes.destroy()
    archive.destroy()
    members.destroy()
  }
}

/**
 * Passes an archive on and makes sure that it ends in zeros, as every tar does: one that was cut between two members
 * would otherwise pass for a smaller whole one.
 */
async function* requireEnd(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of archive) {
    tail = chunk.length >= 512 ? chunk.subarray(-512) : Buffer.concat([tail, chunk]).subarray(-512)
    yield chunk
  }
  if (tail.length < 512 || tail.some((byte) => byte !== 0)) throw new Error('no end-of-archive mark')
}
