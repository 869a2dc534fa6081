import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Bytes that are kept free, and the part of a small disk. */
const RESERVE = { bytes: 16 * 2 ** 20, part: 1 / 4 }

/** Room on the disk of a file: what is free, and what of it rows that come may not take. */
export class DiskRoom {
  readonly #folder: string
  /**
   * Bytes that are left for results, half of them for removals alone: 16 MiB, or a quarter of a disk of less than 64 MiB; 0
   * where the file system does not tell its size.
   */
  readonly reserve: number

  constructor(path: string) {
    this.#folder = dirname(path)
    const total = sizes(this.#folder)?.total ?? 0
    this.reserve = Math.min(RESERVE.bytes, Math.floor(total * RESERVE.part))
  }

  /** Bytes that this user may write; infinitely many where the file system does not tell. */
  get free(): number {
    return sizes(this.#folder)?.free ?? Number.POSITIVE_INFINITY
  }
}

function sizes(folder: string): { readonly total: number; readonly free: number } | undefined {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder)
    return blocks > 0 ? { total: blocks * bsize, free: bavail * bsize } : undefined
  } catch {
    return undefined
  }
}
