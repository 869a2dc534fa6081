import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import type { ClassScheme } from '../../survey/galaxy10.ts'
import { fileError } from '../file-errors.ts'
import { listPictures } from '../pictures/index.ts'
import { catalogueLabels } from './catalogue-labels.ts'
import { catalogueCoordinates, catalogueNumbers, refuseHalfPositions } from './catalogue-numbers.ts'
import { type CatalogueRow, quoteCell } from './catalogue-rows.ts'
import { type Catalogue, readCatalogue } from './read-catalogue.ts'

/** A folder of pictures and the catalogue that says what they are. */
export interface ImportSource {
  /** Where the catalogue's file names begin; its folders within are searched where the catalogue has ids instead. */
  readonly folder: string
  /** CSV with a column of file names, or of ids that are file names without their extension. */
  readonly catalogue: string
}

/** One row of a catalogue joined with its picture. */
export interface ImportRow {
  readonly source: ImportSource
  readonly line: number
  /** The file's name in the catalogue, or the id. */
  readonly name: string
  /** Path of the picture; undefined where there is none to look for. */
  readonly path: string | undefined
  /** Exact class, −1 where there is none. */
  readonly label: number
  /** Bit mask of admitted classes. */
  readonly allowed: number
  /** Degrees, NaN where unknown; undefined where the catalogue has no coordinates. */
  readonly ra: number | undefined
  readonly dec: number | undefined
  /** Arcseconds per pixel. */
  readonly pixelScale: number | undefined
  readonly redshift: number | undefined
  /** Unique within the source. */
  readonly id: string
}

export interface JoinedSource {
  readonly rows: readonly ImportRow[]
  /** Pictures of the folder that the catalogue does not name. */
  readonly unlisted: number
}

/**
 * Reads one catalogue and finds the picture of each row, without opening any.
 *
 * @throws PureGalaxyError `io.catalogue.*` for a catalogue that is wrong as a whole or has a wrong label;
 *   `io.catalogue.duplicate` for a picture or id that stands in it twice; `io.not-a-folder`, `io.not-found` …
 */
export async function joinSource(
  source: ImportSource,
  classes: ClassScheme,
  signal?: AbortSignal,
): Promise<JoinedSource> {
  const catalogue = await readCatalogue(source.catalogue, { required: [['file', 'id']], signal })
  const { labels, allowed } = catalogueLabels(catalogue, classes)
  const coordinates = catalogueCoordinates(catalogue)
  if (coordinates !== undefined) refuseHalfPositions(catalogue, coordinates)
  const pixelScale = catalogueNumbers(catalogue, 'pixelScale')
  const redshift = catalogueNumbers(catalogue, 'redshift')
  const key = catalogue.fields.file === undefined ? 'id' : 'file'
  refuseDuplicates(catalogue, key)
  refuseDuplicates(catalogue, 'id')
  await requireFolder(source.folder)
  const pictures = await listPictures([source.folder], signal)
  const find = key === 'file' ? inside(source.folder) : byStem(source, pictures)
  const rows = catalogue.rows.map((row, at) => ({
    source,
    line: row.line,
    name: row[key]!,
    path: find(row[key]!),
    label: labels[at]!,
    allowed: allowed[at]!,
    ra: coordinates?.ra[at],
    dec: coordinates?.dec[at],
    pixelScale: pixelScale?.[at],
    redshift: redshift?.[at],
    id: row.id || row[key]!,
  }))
  const listed = new Set(rows.map(({ path }) => path && resolve(path)))
  const unlisted = pictures.filter((path) => !listed.has(resolve(path))).length
  return { rows, unlisted }
}

function refuseDuplicates(catalogue: Catalogue, field: 'file' | 'id'): void {
  const seen = new Map<string, CatalogueRow>()
  for (const row of catalogue.rows) {
    const value = row[field]
    if (!value) continue
    const earlier = seen.get(value)
    if (earlier !== undefined) {
      throw new PureGalaxyError(
        'io.catalogue.duplicate',
        `${catalogue.path}: ${quoteCell(value)} stands in lines ${earlier.line} and ${row.line}. Keep one, so that no picture counts twice or has two labels.`,
      )
    }
    seen.set(value, row)
  }
}

/**
 * Refuses a picture that two rows of different catalogues name: it would count twice, on both sides of a split too.
 *
 * @throws PureGalaxyError `io.catalogue.duplicate` naming both rows
 */
export function refuseSharedPictures(rows: readonly ImportRow[]): void {
  const seen = new Map<string, ImportRow>()
  for (const row of rows) {
    if (row.path === undefined) continue
    const place = resolve(row.path)
    const earlier = seen.get(place)
    if (earlier !== undefined) {
      const [first, second] = [earlier, row].map(({ source, line }) => `${source.catalogue}, line ${line}`)
      throw new PureGalaxyError(
        'io.catalogue.duplicate',
        `${row.path} stands in ${first}, and in ${second}. Name each folder with its catalogue once, and keep one of the rows.`,
      )
    }
    seen.set(place, row)
  }
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error) => {
    throw fileError(error, folder)
  })
  if (found.isDirectory()) return
  throw new PureGalaxyError(
    'io.not-a-folder',
    `${folder} is a file, and a folder of pictures was expected. Name the folder.`,
  )
}

/** Paths of names within a folder; a catalogue from elsewhere must not reach outside it. */
function inside(folder: string): (name: string) => string | undefined {
  const root = resolve(folder)
  return (name) => {
    const way = relative(root, resolve(root, name))
    if (way === '' || way === '..' || way.startsWith(`..${sep}`)) return undefined
    return join(folder, way)
  }
}

/** Paths by file name without extension. */
function byStem(source: ImportSource, pictures: readonly string[]): (id: string) => string | undefined {
  const paths = new Map<string, string>()
  for (const path of pictures) {
    const stem = basename(path, extname(path))
    const other = paths.get(stem)
    if (other !== undefined) {
      throw new PureGalaxyError(
        'io.import.ambiguous',
        `${source.catalogue} names pictures by id, and ${other} and ${path} have the same one. Add a column "file" with their paths in ${source.folder}.`,
      )
    }
    paths.set(stem, path)
  }
  return (id) => paths.get(id)
}

/**
 * Identifiers of all rows, unique over the sources: as they are where that suffices, else preceded by as much of the
 * path of their folder as tells the folders apart (`galaxies/train/g00000.webp`).
 */
export function uniqueIds(sources: readonly ImportSource[], rows: readonly ImportRow[]): string[] {
  const ids = rows.map(({ id }) => id)
  if (new Set(ids).size === ids.length) return ids
  const prefixes = distinctTails(sources.map(({ folder }) => resolve(folder)))
  const prefixOf = new Map(sources.map((source, at) => [source, prefixes[at]!]))
  return rows.map(({ source, id }) => `${prefixOf.get(source)}/${id}`)
}

function distinctTails(folders: readonly string[]): string[] {
  let heads = folders.map(dirname)
  let tails = folders.map((folder) => basename(folder))
  while (new Set(tails).size < tails.length) {
    const longer = tails.map((tail, at) => join(basename(heads[at]!), tail))
    // The same folder with two catalogues: there is no more path to tell them apart by.
    if (longer.every((tail, at) => tail === tails[at])) return tails.map((tail, at) => `${tail}#${at + 1}`)
    tails = longer
    heads = heads.map(dirname)
  }
  return tails
}
