import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ArchiveCompression,
  indexTar,
  openDecompressed,
  readTarMember,
  readTarStream,
  sniffArchive,
  unpackToTar,
} from '../../../src/io/tar/index.ts'
import { realData } from '../../data.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { FOREIGN_MEMBERS, gnuTar, gnuTarXz, paxTar, tarOf } from './archives.ts'

const folder = temporaryFolder()
let made = 0

function archive(bytes: Buffer): string {
  const path = join(folder, `archive${made++}`)
  writeFileSync(path, bytes)
  return path
}

async function byStream(path: string, compression: ArchiveCompression = 'none') {
  const members: [string, string][] = []
  for await (const member of readTarStream(path, compression))
    members.push([member.name, (await member.read()).toString()])
  return members
}

async function byIndex(path: string) {
  const index = await indexTar(path)
  const handle = await open(path)
  const contents = await Promise.all(index.names.map((_, at) => readTarMember(handle, index, at)))
  await handle.close()
  return index.names.map((name, at) => [name, contents[at]!.toString()])
}

const sorted = (members: readonly (readonly string[])[]) =>
  [...members].sort((a, b) => (a[0]! < b[0]! ? -1 : 1))

describe('an archive', () => {
  it.each([
    ['GNU tar', gnuTar],
    ['pax', paxTar],
  ])('of %s with a long name is read as a stream and by index', async (_, bytes) => {
    const path = archive(bytes())
    expect(sorted(await byStream(path))).toEqual(FOREIGN_MEMBERS)
    expect(sorted(await byIndex(path))).toEqual(FOREIGN_MEMBERS)
  })

  it('compressed with gzip or xz is told by its first bytes and read as a stream', async () => {
    const [plain, gzip, xz] = [archive(gnuTar()), archive(gzipSync(gnuTar())), archive(gnuTarXz())]
    expect(await Promise.all([plain, gzip, xz, archive(Buffer.from('text'))].map(sniffArchive))).toEqual([
      'none',
      'gzip',
      'xz',
      undefined,
    ])
    expect(sorted(await byStream(gzip, 'gzip'))).toEqual(FOREIGN_MEMBERS)
    expect(sorted(await byStream(xz, 'xz'))).toEqual(FOREIGN_MEMBERS)
  })

  it('gives back any names and contents, both ways', async () => {
    const name = fc.stringMatching(/^[a-zäß, '"\n-]{1,60}(\/[a-z0-9 ._]{1,80}){0,3}x$/)
    const files = fc.uniqueArray(fc.tuple(name, fc.string({ maxLength: 2000 })), { selector: ([n]) => n })
    await fc.assert(
      fc.asyncProperty(files, async (entries) => {
        const path = archive(await tarOf(entries))
        expect(await byStream(path)).toEqual(entries)
        expect(await byIndex(path)).toEqual(entries)
      }),
      { numRuns: 40 },
    )
  })

  it('may be left before its end and read again', async () => {
    const path = archive(gnuTarXz())
    for (let i = 0; i < 3; i++) for await (const _ of readTarStream(path, 'xz')) break
    expect((await byStream(path, 'xz')).length).toBe(2)
  })

  it('may be read at the same time as another, and given up while it waits for that', async () => {
    const path = archive(gnuTarXz())
    const waiting = await Promise.all(
      [1, 2, 3].map(async () => {
        for await (const member of readTarStream(path, 'xz')) return (await member.read()).length
      }),
    )
    expect(waiting).toEqual([5, 5, 5])
    const unread = await openDecompressed(path, 'xz')
    unread.destroy()
    expect((await byStream(path, 'xz')).length).toBe(2)
  })

  it('is decompressed once', async () => {
    const path = archive(gnuTarXz())
    const tar = await unpackToTar(path, 'xz', join(folder, 'unpacked'))
    expect(sorted(await byIndex(tar))).toEqual(FOREIGN_MEMBERS)
    expect(await unpackToTar(path, 'xz', join(folder, 'unpacked'))).toBe(tar)
  })

  it('is unpacked anew when it changes, and what is of no more use is removed', async () => {
    const unpacked = join(folder, 'kept-clean')
    const path = archive(gnuTarXz())
    const first = await unpackToTar(path, 'xz', unpacked)
    const abandoned = join(unpacked, `.${basename(first)}.1-ab.tmp`)
    const growing = join(unpacked, `.${basename(first)}.2-ab.tmp`)
    const index = `${first}.0123456789abcdef.index.json`
    for (const left of [abandoned, growing, index, join(unpacked, 'other.tar')]) writeFileSync(left, '')
    utimesSync(abandoned, 0, 0)
    utimesSync(path, 1, 1)
    const second = await unpackToTar(path, 'xz', unpacked)
    expect(readdirSync(unpacked).sort()).toEqual([basename(growing), basename(second), 'other.tar'].sort())
  })

  const imagenette = realData('imagenette', 'imagenette-128.tar')
  it.skipIf(!imagenette)(
    'of 13,394 pictures is indexed (skipped where data/imagenette is absent)',
    async () => {
      const { names, sizes } = await indexTar(imagenette!)
      expect(names.length).toBe(13_394)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60_285_340)
    },
  )
})

describe('a damaged archive is refused', () => {
  const said = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'read',
      (error) => error.code,
    )

  it('cut anywhere, compressed or not', async () => {
    const whole = await tarOf([
      ['a', 'x'.repeat(3000)],
      ['b', 'y'],
    ])
    for (const part of [0.01, 0.2, 0.5, 0.75, 0.9]) {
      const cut = (bytes: Buffer) => archive(bytes.subarray(0, Math.floor(bytes.length * part)))
      // The last two blocks of a tar are zeros, and one of them is enough to know where it ends.
      const plain = cut(whole.subarray(0, whole.length - 1024))
      expect(await said(byStream(plain))).toBe('io.archive')
      expect(await said(indexTar(plain))).toBe('io.archive')
      expect(await said(byStream(cut(gzipSync(whole)), 'gzip'))).toBe('io.archive')
      expect(await said(byStream(cut(gnuTarXz()), 'xz'))).toBe('io.archive')
      expect(await said(unpackToTar(cut(gnuTarXz()), 'xz', folder))).toBe('io.archive')
    }
  })

  it('cut between two members', async () => {
    const path = archive((await tarOf([['a', 'x']])).subarray(0, 1024))
    expect(await said(byStream(path))).toBe('io.archive')
    expect(await said(indexTar(path))).toBe('io.archive')
  })

  it('with a changed header, or changed compressed bytes', async () => {
    const header = await tarOf([['a', 'x']])
    header[3]! ^= 1
    expect(await said(byStream(archive(header)))).toBe('io.archive')
    expect(await said(indexTar(archive(header)))).toBe('io.archive')
    const xz = gnuTarXz()
    xz[100]! ^= 0x55
    expect(await said(byStream(archive(xz), 'xz'))).toBe('io.archive')
  })

  it('with a size that no file has', async () => {
    const huge = await tarOf([['a', 'x']])
    huge.write('77777777777', 124, 'latin1')
    const sum = huge
      .subarray(0, 512)
      .reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
    huge.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    expect(await said(indexTar(archive(huge)))).toBe('io.archive')
    expect(await said(byStream(archive(huge)))).toBe('io.archive')
  })

  it('that is not there', async () => {
    expect(await said(indexTar(join(folder, 'absent')))).toBe('io.not-found')
    expect(await said(byStream(join(folder, 'absent'), 'xz'))).toBe('io.not-found')
    expect(await said(sniffArchive(join(folder, 'absent')))).toBe('io.not-found')
  })
})
