import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSplitSource } from '../../../src/io/index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregalaxy-coordinates-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function open(text: string) {
  const path = join(folder, 'Coordinates.CSV')
  await writeFile(path, text)
  return openSplitSource(path)
}

describe('openSplitSource on a CSV file', () => {
  it('reads coordinates, whatever the other columns', async () => {
    const source = await open(',RA,DEC,redshift\n0,331.66405522483547,-0.4841546865670835,0.1\n1,10,20,\n')
    expect(source.ra).toEqual(Float64Array.of(331.66405522483547, 10))
    expect(source.dec).toEqual(Float64Array.of(-0.4841546865670835, 20))
    expect(source.length).toBe(2)
    expect(source.labels ?? source.ids ?? source.classes).toBeUndefined()
  })

  it('reads identifiers and Galaxy10 labels, partial ones too', async () => {
    const source = await open('id,ra,dec,galaxy10,allowed\na,1,2,9,9\nb,3,4,,2|3|4\nc,5,6,,\n')
    expect(source.ids).toEqual(['a', 'b', 'c'])
    expect(source.labels).toEqual(Int32Array.of(9, -1, -1))
    expect(source.allowed).toEqual(Uint16Array.of(1 << 9, 0b11100, 0))
    expect(source.classes!.slugs).toHaveLength(10)
  })

  it('keeps numbered classes apart, ten and more of them', async () => {
    const rows = Array.from({ length: 12 }, (_, label) => `${label},2,${label}\n`)
    const source = await open(`ra,dec,class\n${rows.join('')}`)
    expect(Array.from(source.labels!, (label) => source.classes!.slugs[label])).toEqual(
      Array.from({ length: 12 }, (_, label) => String(label)),
    )
  })

  it('takes other labels as their own classes', async () => {
    const source = await open('ra,dec,class\n1,2,spiral\n3,4,\n5,6,elliptical\n')
    expect(source.classes!.slugs).toEqual(['elliptical', 'spiral'])
    expect(source.labels).toEqual(Int32Array.of(1, -1, 0))
  })

  it.each([
    ['an empty coordinate', 'ra,dec\n1,2\n,4\n', 'sky.coordinates', /line 3.*no position/],
    ['nan', 'ra,dec\n1,2\n3,nan\n', 'sky.coordinates', /line 3/],
    ['a word', 'ra,dec\n1,2\nabc,4\n', 'io.catalogue.value', /line 3.*abc/],
    ['sexagesimal coordinates', 'ra,dec\n"12:30:00",4\n', 'io.catalogue.value', /line 2/],
    ['a declination of 91', 'ra,dec\n1,91\n', 'io.catalogue.value', /line 2.*91/],
    ['a right ascension of 400', 'ra,dec\n400,1\n', 'io.catalogue.value', /line 2.*400/],
    ['no declinations', 'ra,z\n1,2\n', 'io.catalogue.columns', /dec/],
    ['no line', '', 'io.catalogue.empty', /empty/],
  ])('refuses %s', async (_, text, code, message) => {
    await expect(open(text)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })
})
