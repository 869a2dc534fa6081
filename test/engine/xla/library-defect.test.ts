import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { libraryDefect } from '../../../src/engine/xla/library-defect.ts'
import { FAKE_LIBRARY, temporaryFolder } from '../install/fake-installations.ts'

/** A library with two program headers right behind its own, after a change to that. */
async function defect(change: (header: Buffer) => void): Promise<string | null> {
  const library = Buffer.concat([FAKE_LIBRARY, Buffer.alloc(112)])
  library.writeBigUInt64LE(64n, 32)
  library.writeUInt16LE(56, 54)
  library.writeUInt16LE(2, 56)
  change(library)
  const path = join(temporaryFolder(), 'plugin.so')
  writeFileSync(path, library)
  return libraryDefect(path)
}

describe.skipIf(process.platform !== 'linux')('a library whose header is damaged', () => {
  it('may be loaded while it is not', async () => {
    expect(await defect(() => {})).toBeNull()
  })

  it.each([0, 1, 39, 57, 65_535])(
    'is none where its program headers are said to take %i bytes',
    async (size) => {
      expect(await defect((header) => header.writeUInt16LE(size, 54))).toBe(
        'is no shared library of this system',
      )
    },
  )

  it.each([121n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n])(
    'is cut off where its program headers are said to begin at byte %i',
    async (offset) => {
      expect(await defect((header) => header.writeBigUInt64LE(offset, 32))).toBe(
        'is cut off: it ends after 176 bytes',
      )
    },
  )

  it('is cut off where it is said to have more program headers than it holds', async () => {
    expect(await defect((header) => header.writeUInt16LE(65_535, 56))).toMatch(/is cut off/)
  })

  it('has a defect, too, where it cannot be read', async () => {
    const folder = temporaryFolder()
    expect(await libraryDefect(folder)).toBe('cannot be read (EISDIR)')
    expect(await libraryDefect(join(folder, 'plugin.so'))).toBe('cannot be read (ENOENT)')
  })
})
