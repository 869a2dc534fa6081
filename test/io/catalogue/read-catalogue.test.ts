import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogueCoordinates, catalogueNumbers, readCatalogue } from '../../../src/io/catalogue/index.ts'
import { realData } from '../../data.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const folder = temporaryFolder()
const path = join(folder, 'catalogue.csv')

function read(text: string | Buffer, options: Parameters<typeof readCatalogue>[1] = { required: ['file'] }) {
  writeFileSync(path, text)
  return readCatalogue(path, options)
}

describe('readCatalogue', () => {
  it('finds columns by name whatever their case and order, and passes others over', async () => {
    const { rows, fields, columns } = await read('note,DEC,File , RA,Label\nx,-1.5,a.png,12,3\n')
    expect(fields).toEqual({ file: 'File ', label: 'Label', ra: ' RA', dec: 'DEC' })
    expect(rows).toEqual([{ line: 2, file: 'a.png', label: '3', ra: '12', dec: '-1.5' }])
    expect(columns).toEqual(['note', 'DEC', 'File ', ' RA', 'Label'])
  })

  it('prefers galaxy10 to label to class', async () => {
    expect((await read('file,class,label,galaxy10\na,1,2,3\n')).rows[0]?.label).toBe('3')
    expect((await read('file,class,label\na,1,2\n')).rows[0]?.label).toBe('2')
  })

  it('reads a byte order mark, UTF-16, carriage returns and blank lines', async () => {
    const expected = [
      { line: 2, file: 'ä.png' },
      { line: 4, file: 'b.png' },
    ]
    expect((await read('\ufefffile\nä.png\n\nb.png')).rows).toEqual(expected)
    expect((await read('file\r\nä.png\r\n\r\nb.png\r\n')).rows.map(({ file }) => file)).toEqual([
      'ä.png',
      'b.png',
    ])
    expect((await read(Buffer.from('\ufefffile\nä.png\n\nb.png', 'utf16le'))).rows).toEqual(expected)
  })

  it('reads quotes, and commas and line ends within them', async () => {
    const { rows } = await read('file,label\n"a,""b""\nc.png",4\n"d.png","5"\n')
    expect(rows).toEqual([
      { line: 3, file: 'a,"b"\nc.png', label: '4' },
      { line: 4, file: 'd.png', label: '5' },
    ])
  })

  it('keeps identifiers of 64 bits as they are', async () => {
    const id = '9223372036854775807'
    expect((await read(`id\n${id}\n`, {})).rows[0]?.id).toBe(id)
  })

  it('gives back every cell that a CSV writer wrote', async () => {
    // Cells are trimmed, so the ends of the generated ones are, too.
    const cell = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\0\ufeff]/g, '').trim())
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1 }), async (pairs) => {
        const { rows } = await read(stringify([['file', 'id'], ...pairs], { quoted: true }))
        expect(rows.map(({ file, id }) => [file, id])).toEqual(pairs)
      }),
      { numRuns: 60 },
    )
  })

  it('reads the coordinates of Galaxy10 and the catalogues of galaxies (skipped where the data are absent)', async ({
    skip,
  }) => {
    const coordinates = realData('galaxy10', 'galaxy10-decals-coordinates.csv')
    const galaxies = realData('galaxies', 'train.csv')
    if (!coordinates || !galaxies) return skip()
    const places = catalogueCoordinates(await readCatalogue(coordinates, { required: ['ra', 'dec'] }))
    expect([places?.ra.length, places?.dec.length]).toEqual([17_736, 17_736])
    expect((await readCatalogue(galaxies)).rows.length).toBe(7_646)
  })
})

describe('readCatalogue refuses', () => {
  const refusal = (text: string | Buffer, options?: Parameters<typeof readCatalogue>[1]) =>
    read(text, options).then(
      () => 'read',
      (error) => `${error.code} ${error.message}`,
    )

  it('an empty file', async () => {
    expect(await refusal('')).toMatch(/^io\.catalogue\.empty/)
    expect(await refusal('\n\n')).toMatch(/^io\.catalogue\.empty/)
  })

  it('a header without a column that is needed, naming those found', async () => {
    const said = await refusal('name;label\nx;1\n')
    expect(said).toMatch(/^io\.catalogue\.columns .*Expected one named file, filename/)
    expect(said).toContain('Found: "name;label".')
    expect(await refusal('ra\n1\n', { required: [['file', 'id'], 'ra'] })).toContain('objid')
  })

  it('two columns of the same name where one is needed, and not where they are passed over', async () => {
    expect(await refusal('file,FILE\na,b\n')).toMatch(
      /^io\.catalogue\.columns .*more than one column named file/,
    )
    expect(await refusal('file,x,x\na,b,c\n')).toBe('read')
  })

  it('a row with more or fewer cells than the header, naming the line', async () => {
    expect(await refusal('file,label\na,1\nb\n')).toMatch(/^io\.catalogue\.csv .*line 3/)
    expect(await refusal('file\na,1\n')).toMatch(/^io\.catalogue\.csv .*line 2/)
  })

  it('a quote that is never closed, without reading gigabytes', async () => {
    expect(await refusal('file\n"a.png\nb.png\n')).toMatch(/^io\.catalogue\.csv .*never closed/)
    expect(await refusal(`file\n"${'a.png\n'.repeat(300_000)}`)).toMatch(/^io\.catalogue\.csv .*never closed/)
  })

  it('a file that is no text', async () => {
    expect(await refusal(Buffer.from([0x89, 0x48, 0x44, 0x46, 0, 1, 2, 3, 10, 5, 6]))).toMatch(
      /^io\.catalogue\.not-text .*catalogue in CSV was expected/,
    )
  })

  it('a file that is not there', async () => {
    await expect(readCatalogue(join(folder, 'absent.csv'))).rejects.toMatchObject({ code: 'io.not-found' })
    await expect(readCatalogue(folder)).rejects.toMatchObject({ code: 'io.is-a-folder' })
  })
})

describe('catalogueNumbers and catalogueCoordinates', () => {
  it('reads decimal numbers, and NaN where nothing is known', async () => {
    const numbers = catalogueNumbers(
      await read('file,redshift\na,0.1\nb,\nc,nan\nd,-1.5e-3\ne,.5\n'),
      'redshift',
    )
    expect([...numbers!]).toEqual([0.1, Number.NaN, Number.NaN, -0.0015, 0.5])
  })

  it('gives nothing where the catalogue lacks the column', async () => {
    const catalogue = await read('file,ra\na,1\n')
    expect(catalogueNumbers(catalogue, 'dec')).toBeUndefined()
    expect(catalogueCoordinates(catalogue)).toBeUndefined()
  })

  it.each([
    ['12:30:00', '1'],
    ['0x10', '1'],
    ['360.1', '1'],
    ['1', '90.5'],
    ['Infinity', '1'],
  ])('refuses ra %s, dec %s, naming the line', async (ra, dec) => {
    const catalogue = await read(`file,ra,dec\nz,0,0\na,${ra},${dec}\n`)
    expect(() => catalogueCoordinates(catalogue)).toThrow(/catalogue\.csv, line 3: (ra|dec) is/)
  })
})
