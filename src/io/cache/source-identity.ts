import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { fileError } from '../file-errors.ts'

const SAMPLED_BYTES = 1024 * 1024

/**
 * Identifies a file's content without reading all of it and without its path: SHA-256 of its size, its modification
 * time and its first and last MiB. A moved file keeps its identity, a rewritten one gets another.
 *
 * @returns 64 hexadecimal digits
 * @throws PureGalaxyError `io.not-found`, `io.permission` …
 */
export async function sourceIdentity(path: string): Promise<string> {
  try {
    const handle = await open(path, 'r')
    try {
      const { size, mtimeNs } = await handle.stat({ bigint: true })
      const hash = createHash('sha256').update(`${size} ${mtimeNs} `)
      const sample = Buffer.alloc(Math.min(SAMPLED_BYTES, Number(size)))
      for (const position of [0, Number(size) - sample.length]) {
        const { bytesRead } = await handle.read(sample, 0, sample.length, position)
        hash.update(sample.subarray(0, bytesRead))
      }
      return hash.digest('hex')
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw fileError(error, path)
  }
}
