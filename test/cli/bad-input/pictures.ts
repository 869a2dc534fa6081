import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { floatTiff, picture, pngClaiming } from '../../io/pictures/make-pictures.ts'
import type { BadInput } from './bad-input.ts'

const FITS = `SIMPLE  =                    T${' '.repeat(2850)}`

const classify = (...inputs: string[]) => [
  'classify',
  ...inputs,
  '--model',
  'good/model.safetensors',
  '--engine',
  'cpu',
  '--out',
  'out.csv',
]

/** A picture that cannot be read becomes a row of the catalogue with its error, and the good one beside it is read. */
const refused = (name: string, file: string, content: string | Uint8Array, says: RegExp): BadInput => ({
  name: `picture: ${name}`,
  files: { [file]: content },
  args: classify(file, 'good/pictures/a.png'),
  code: 3,
  says,
  makes: ['out.csv'],
  holds: ['out.csv', /good\/pictures\/a\.png,,,[\d.e-]+,/],
})

const cut = (from: string, file: string): BadInput => ({
  name: `picture: ${from} cut in half`,
  prepare(folder) {
    const bytes = readFileSync(join(folder, 'good/pictures', from))
    writeFileSync(join(folder, file), bytes.subarray(0, bytes.length >> 1))
  },
  args: classify(file, 'good/pictures/a.png'),
  code: 3,
  says: new RegExp(`${file}.*(ends|damaged|truncated|corrupt|decoded)`, 'i'),
  makes: ['out.csv'],
})

/** A picture that is odd, but a picture. */
const odd = (name: string, file: string, row: string, make: () => Promise<Uint8Array>): BadInput => ({
  name: `picture: ${name}`,
  prepare: async (folder) => writeFileSync(join(folder, file), await make()),
  args: classify(file),
  code: 0,
  says: /^$/,
  makes: ['out.csv'],
  holds: ['out.csv', row],
})

const small = () => picture(8, 8).png().toBuffer()

export const BAD_PICTURES: readonly BadInput[] = [
  {
    name: 'picture: a link to itself in a folder',
    prepare(folder) {
      mkdirSync(join(folder, 'many'))
      symlinkSync('loop.jpg', join(folder, 'many/loop.jpg'))
      copyFileSync(join(folder, 'good/pictures/a.png'), join(folder, 'many/a.png'))
    },
    args: classify('many'),
    code: 3,
    says: /many\/loop\.jpg: links lead round in a circle/,
    makes: ['out.csv'],
    holds: ['out.csv', /many\/a\.png,,,[\d.e-]+,/],
  },
  {
    name: 'picture: a name that is not UTF-8',
    prepare(folder) {
      mkdirSync(join(folder, 'many'))
      writeFileSync(
        Buffer.concat([Buffer.from(`${folder}/many/caf`), Buffer.of(0xe9), Buffer.from('.png')]),
        'x',
      )
      copyFileSync(join(folder, 'good/pictures/a.png'), join(folder, 'many/a.png'))
    },
    args: classify('many'),
    code: 3,
    says: /many\/caf\\xE9\.png: this name is not UTF-8/,
    makes: ['out.csv'],
    holds: ['out.csv', /many\/a\.png,,,[\d.e-]+,/],
  },
  refused('empty', 'empty.jpg', '', /empty\.jpg.*empty/),
  refused('text', 'text.png', 'hello', /text\.png.*not a picture/),
  refused('FITS', 'a.fits', FITS, /a\.fits.*FITS is not read yet/),
  refused('FITS, compressed', 'a.fits.gz', gzipSync(FITS), /a\.fits\.gz.*FITS is not read yet/),
  refused('FITS under the name of a JPEG', 'a.jpg', FITS, /a\.jpg.*FITS is not read yet/),
  refused('SVG', 'a.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /a\.svg.*SVG/),
  refused('BMP', 'a.bmp', Buffer.concat([Buffer.from('BM'), Buffer.alloc(60)]), /a\.bmp/),
  refused('HDF5 under the name of a picture', 'h.png', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /h\.png/),
  refused(
    'a header that claims 60,000 × 60,000 pixels',
    'bomb.png',
    pngClaiming(60_000, 60_000),
    /bomb\.png.*pixels/,
  ),
  refused('floating-point TIFF', 'float.tiff', floatTiff([0.5, 1]), /float\.tiff/),
  cut('a.png', 'cut.png'),
  cut('a.jpeg', 'cut.jpg'),
  cut('a.webp', 'cut.webp'),
  cut('a.tiff', 'cut.tiff'),
  {
    name: 'picture: not there',
    args: classify('none.jpg', 'good/pictures/a.png'),
    code: 3,
    says: /none\.jpg.*no such file/,
    makes: ['out.csv'],
  },
  {
    name: 'picture: link that leads nowhere',
    prepare: (folder) => symlinkSync('nowhere.jpg', join(folder, 'link.jpg')),
    args: classify('link.jpg', 'good/pictures/a.png'),
    code: 3,
    says: /link\.jpg/,
    makes: ['out.csv'],
  },
  {
    name: 'picture: a device',
    args: classify('/dev/null', 'good/pictures/a.png'),
    code: 3,
    says: /\/dev\/null/,
    makes: ['out.csv'],
  },
  {
    name: 'an empty folder',
    prepare: (folder) => mkdirSync(join(folder, 'empty')),
    args: classify('empty'),
    says: /no picture in empty/,
  },
  {
    name: 'an HDF5 file that is cut, beside a picture',
    prepare(folder) {
      const bytes = readFileSync(join(folder, 'good/data.h5'))
      writeFileSync(join(folder, 'cut.h5'), bytes.subarray(0, bytes.length >> 1))
    },
    args: classify('cut.h5', 'good/pictures/a.png'),
    code: 3,
    says: /cut\.h5/,
    makes: ['out.csv'],
    holds: ['out.csv', 'cut.h5'],
  },
  odd('1 × 1 pixel', 'one.png', 'one.png', () => picture(1, 1).png().toBuffer()),
  odd('1 × 500 pixels', 'line.png', 'line.png', () => picture(500, 1).png().toBuffer()),
  odd('commas and quotes in the name', 'a, "b".png', '"a, ""b"".png"', small),
  odd('a line break in the name', 'two\nlines.png', '"two\nlines.png"', small),
  odd('letters that are not ASCII in the name', 'Galaxie ñ 銀河 🌌.png', 'Galaxie ñ 銀河 🌌.png', small),
  odd('a name that begins with a formula', '=1+1.png', '=1+1.png', small),
  {
    name: 'the same picture twice',
    args: classify('good/pictures/a.png', './good/pictures/a.png'),
    code: 0,
    says: /^$/,
    makes: ['out.csv'],
    holds: ['out.csv', /^[^\n]*\n[^\n]*\n$/],
  },
]
