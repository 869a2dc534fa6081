import { gzipSync } from 'node:zlib'
import { RandomStream } from '../../../src/random/index.ts'
import type { BadInput } from './bad-input.ts'

/** Bytes that do not get smaller. */
function randomPicture(): Uint8Array {
  const random = new RandomStream(5)
  return Uint8Array.from({ length: 50_000 }, () => random.integer(256))
}

const imported = (catalogue: string) => [
  'import',
  'good/pictures',
  '--catalog',
  catalogue,
  '--size',
  '16',
  '--out',
  'out.h5',
]

/** A catalogue that `import` refuses. */
const catalogue = (name: string, content: string | Uint8Array, says: RegExp): BadInput => ({
  name: `catalogue: ${name}`,
  files: { 'c.csv': content },
  args: imported('c.csv'),
  says,
})

/** A list of coordinates that `split` refuses. */
const coordinates = (name: string, content: string, says: RegExp): BadInput => ({
  name: `coordinates: ${name}`,
  files: { 'c.csv': content },
  args: ['split', 'c.csv', '--out', 'out.json'],
  says,
})

/** A split file that `evaluate` refuses. */
const split = (name: string, content: string, says: RegExp): BadInput => ({
  name: `split file: ${name}`,
  files: { 's.json': content },
  args: ['evaluate', 'good/model.safetensors', 'good/data.h5', '--split', 's.json', '--engine', 'cpu'],
  says,
})

export const BAD_TABLES: readonly BadInput[] = [
  { name: 'catalogue: not there', args: imported('none.csv'), says: /none\.csv.*no such file/ },
  catalogue('empty', '', /c\.csv/),
  catalogue('a header alone', 'file,galaxy10\n', /c\.csv/),
  catalogue('no column of files', 'name,galaxy10\na.png,2\n', /c\.csv.*file/),
  catalogue('class 12', 'file,galaxy10\na.png,12\n', /c\.csv.*12/),
  catalogue('a class that is not known', 'file,galaxy10\na.png,spirall\n', /c\.csv.*spirall/),
  catalogue('allowed classes without the label', 'file,galaxy10,allowed\na.png,2,3|4\n', /c\.csv/),
  catalogue('the same file twice', 'file,galaxy10\na.png,2\na.png,2\n', /c\.csv.*a\.png/),
  catalogue('rows of different length', 'file,galaxy10\na.png,2,3,4\n', /c\.csv.*line 2/),
  catalogue('a quote that is never closed', 'file,galaxy10\n"a.png,2\na.jpeg,3\n', /c\.csv/),
  catalogue('binary', Buffer.from([0x89, 0x50, 0, 0, 1, 2, 3]), /c\.csv is not a text file/),
  catalogue(
    'binary, of many columns',
    gzipSync(randomPicture()),
    /^error: c\.csv is not a text file.{0,120}\n$/,
  ),
  catalogue(
    'a name of 100,000 letters',
    `${'n'.repeat(100_000)}\na.png\n`,
    /^error: c\.csv lacks.{0,300}\n$/,
  ),
  catalogue('2,000 columns', `${'a,'.repeat(2000)}b\n`, /and 1961 more\.\n$/),
  catalogue(
    'half a position',
    'file,ra,dec\na.png,,\na.jpeg,12.5,\n',
    /c\.csv, line 3: ra is given and dec is not/,
  ),
  {
    name: 'catalogue: the same twice',
    args: [...imported('good/pictures.csv'), 'good/../good/pictures', '--catalog', 'good/pictures.csv'],
    says: /good\/pictures\/a\.\w+ stands in good\/pictures\.csv, line 2, and in good\/pictures\.csv, line 2/,
  },
  catalogue('coordinates that are no numbers', 'file,galaxy10,ra,dec\na.png,2,twelve,5\n', /c\.csv.*twelve/),
  catalogue('a declination of 95°', 'file,galaxy10,ra,dec\na.png,2,10,95\n', /95/),
  catalogue('none of its pictures there', 'file,galaxy10\nx.png,2\n', /c\.csv.*x\.png/s),
  {
    name: 'catalogue: one of its pictures missing',
    files: { 'c.csv': 'file,galaxy10\na.png,2\nx.png,2\n' },
    args: imported('c.csv'),
    code: 3,
    says: /good\/pictures\/x\.png.*no such file/,
    makes: ['out.h5'],
  },
  {
    name: 'catalogue: pictures of several sizes and no --size',
    files: { 'c.csv': 'file,galaxy10\npictures/a.png,2\nsmall.png,2\n', 'small.png': '' },
    args: ['import', 'good', '--catalog', 'c.csv', '--out', 'out.h5'],
    code: 3,
    says: /small\.png/,
    makes: ['out.h5'],
  },
  {
    name: 'catalogue: the folder of pictures is not there',
    args: ['import', 'none', '--catalog', 'good/pictures.csv', '--out', 'out.h5'],
    says: /none.*no such file or folder/,
  },
  coordinates('no column dec', 'ra\n1\n', /c\.csv.*dec/),
  coordinates('NaN', 'ra,dec\n1,2\nnan,3\n4,5\n', /c\.csv, line 3/),
  coordinates('an empty cell', 'ra,dec\n1,2\n,3\n', /c\.csv, line 3/),
  coordinates('a declination of −91°', 'ra,dec\n1,2\n1,-91\n', /c\.csv.*-91/),
  coordinates('too few rows to split', 'ra,dec\n1,2\n', /c\.csv.*too few/),
  split('empty', '', /s\.json.*empty/),
  split('cut', '{"format": "puregalaxy.split", "ver', /s\.json.*JSON/),
  split('another JSON file', '{"train": [1]}', /s\.json.*no split/),
  split('a list', '[]', /s\.json.*no split/),
  split('of the future', '{"format": "puregalaxy.split", "version": 9}', /s\.json.*version 9/),
  {
    name: 'split file: not there',
    args: ['evaluate', 'good/model.safetensors', 'good/data.h5', '--split', 'none.json', '--engine', 'cpu'],
    says: /none\.json.*no such file/,
  },
  {
    name: 'split file: of other data',
    args: [
      'evaluate',
      'good/model.safetensors',
      'good/other.h5',
      '--split',
      'good/split.json',
      '--engine',
      'cpu',
    ],
    says: /split\.json does not belong to good\/other\.h5/,
  },
  {
    name: 'split file: no such list',
    args: [
      'evaluate',
      'good/model.safetensors',
      'good/data.h5',
      '--split',
      'good/split.json',
      '--subset',
      'val',
      '--engine',
      'cpu',
    ],
    code: 2,
    says: /split\.json has no list "val".*train, test/,
  },
]
