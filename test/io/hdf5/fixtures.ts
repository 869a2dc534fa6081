import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** Path of a file written by test/fixtures/hdf5/make.py. */
export const fixture = (name: string): string =>
  resolve(import.meta.dirname, `../../fixtures/hdf5/${name}.h5`)

/** The pictures of those files: pixel (y, x, c) of picture i is (7 i + 3 y + 5 x + 11 c) mod 256. */
export function fixturePictures(indices: readonly number[], height: number, width: number): Uint8Array {
  const pixel = (i: number, y: number, x: number, c: number) => (7 * i + 3 * y + 5 * x + 11 * c) % 256
  return Uint8Array.from({ length: indices.length * height * width * 3 }, (_, at) => {
    const c = at % 3
    const x = Math.floor(at / 3) % width
    const y = Math.floor(at / 3 / width) % height
    return pixel(indices[Math.floor(at / 3 / width / height)]!, y, x, c)
  })
}

/** A folder that each test finds empty. */
export function useFolder(): { path: (...parts: string[]) => string } {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'puregalaxy-io-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  return { path: (...parts) => join(folder, ...parts) }
}
