import { extname } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { RandomStream } from '../../random/index.ts'
import { writeFileAtomic } from '../atomic.ts'
import { loadSharp } from '../pictures/load-sharp.ts'
import { type SplitSource, strataOf } from '../split/index.ts'
import type { OpenDatasetOptions } from '../types.ts'
import { openInspectionSource } from './inspection-source.ts'
import { layOutSheet, type SheetRow, squareTile } from './sheet-layout.ts'

export interface ContactSheetOptions extends OpenDatasetOptions {
  /** Samples of each class, 1 to 50; default 10. */
  readonly perClass?: number
  /** Pixels of a sample's side, 16 to 512; default 96. */
  readonly tile?: number
  /** Decides which samples are shown; default 1. */
  readonly seed?: number
}

/** Rows shown at most: a sheet of a thousand classes is no picture to look at, and WebP ends at 16,383 pixels. */
const MOST_ROWS = 100

/** Sets these draws apart from other uses of the same seed. */
const SHEET_STREAM = 0x4353

/**
 * Draws samples of every class of a data set, a class to a row, with its name and count beside it; rows of partial
 * labels follow, named by the classes that they admit. The samples of a row are neighbours in the data, so that few
 * chunks of a file need to be decompressed.
 *
 * @param format of the result; `webp` is about a fifth the size
 * @throws those of the opener, `inspect.no-pictures`, `inspect.option`
 */
export async function renderContactSheet(
  path: string,
  format: 'png' | 'webp',
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  const { perClass = 10, tile = 96, seed = 1, ...opening } = options
  checkOption('samples per class', perClass, 1, 50)
  checkOption('pixels per sample', tile, 16, 512)
  const source = await openInspectionSource(path, opening)
  try {
    const rows = sampleRows(source.columns, perClass, seed)
    const pictures = await source.readPictures(rows.flatMap(({ samples }) => samples))
    const tiles = await Promise.all(pictures.map((picture) => squareTile(picture, tile)))
    const sheet = await layOutSheet(rows, tiles, perClass, tile)
    const sharp = await loadSharp()
    const { data, height, width } = sheet
    const image = sharp(data, { raw: { height, width, channels: 3 } })
    return await (format === 'png' ? image.png() : image.webp({ quality: 90 })).toBuffer()
  } finally {
    await source.close()
  }
}

/**
 * As `renderContactSheet`, to a file.
 * @param out ends in `.png` or `.webp`
 * @throws `inspect.option` for another ending, and those of `renderContactSheet` and `writeFileAtomic`
 */
export async function writeContactSheet(
  path: string,
  out: string,
  options: ContactSheetOptions = {},
): Promise<void> {
  const ending = extname(out).toLowerCase()
  if (ending !== '.png' && ending !== '.webp') {
    throw new PureGalaxyError('inspect.option', `${out}: a contact sheet is written as .png or .webp.`)
  }
  await writeFileAtomic(out, await renderContactSheet(path, ending === '.png' ? 'png' : 'webp', options))
}

function checkOption(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new PureGalaxyError(
    'inspect.option',
    `A contact sheet of ${value} ${what} was asked for; expected an integer from ${least} to ${most}.`,
  )
}

/** For every kind of label that occurs, neighbouring rows of it from a random place on. */
function sampleRows(columns: SplitSource, perClass: number, seed: number): SheetRow[] {
  const { names, slugs } = columns.classes ?? { names: [], slugs: [] }
  const { stratumOf, kinds } = strataOf(columns)
  const members = kinds.map((): number[] => [])
  stratumOf.forEach((stratum, row) => {
    members[stratum]!.push(row)
  })
  const stream = new RandomStream(seed, SHEET_STREAM)
  return kinds
    .map((kind, stratum) => ({ ...kind, rows: members[stratum]! }))
    .sort((a, b) => order(a) - order(b))
    .slice(0, MOST_ROWS)
    .map(({ label, mask, rows }) => {
      const first = stream.integer(Math.max(1, rows.length - perClass + 1))
      const admitted = slugs.filter((_, at) => mask & (1 << at)).join(' | ')
      const name = label >= 0 ? (names[label] ?? `class ${label}`) : admitted || 'nothing known'
      return { name, count: rows.length, samples: rows.slice(first, first + perClass) }
    })
}

/** Classes first, then masks, then the rows of which nothing is known. */
function order({ label, mask }: { label: number; mask: number }): number {
  if (label >= 0) return label
  return mask === 0 ? Number.POSITIVE_INFINITY : 1e9 + mask
}
