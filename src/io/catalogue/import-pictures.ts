import { PureGalaxyError } from '../../errors.ts'
import { type ClassScheme, GALAXY10_DECALS } from '../../survey/galaxy10.ts'
import { type Galaxy10Batch, writeGalaxy10 } from '../hdf5/index.ts'
import {
  decodePicture,
  defaultConcurrency,
  mapOrdered,
  type Picture,
  pictureSize,
} from '../pictures/index.ts'
import { quoteCell } from './catalogue-rows.ts'
import {
  type ImportRow,
  type ImportSource,
  joinSource,
  refuseSharedPictures,
  uniqueIds,
} from './import-source.ts'

export type { ImportSource } from './import-source.ts'

export interface ImportPicturesOptions {
  readonly sources: readonly ImportSource[]
  /** The HDF5 file to write. */
  readonly out: string
  /** [height, width] that pictures are resized to (aspect kept, centre cut out); default: theirs, which must be one. */
  readonly size?: readonly [height: number, width: number]
  /** Default: Galaxy10 DECaLS. At most 16. */
  readonly classes?: ClassScheme
  /** Pictures in work at once; default the number of cores and one more. */
  readonly concurrency?: number
  /** Rows done, refused ones included, and all. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** A row that is not in the file, and why. */
export interface RefusedPicture {
  readonly catalogue: string
  /** Line of the catalogue. */
  readonly line: number
  /** The picture, as the catalogue names it. */
  readonly name: string
  readonly error: PureGalaxyError
}

export interface ImportedPictures {
  /** Pictures written: with an exact class, with several admitted ones, with nothing known. */
  readonly exact: number
  readonly partial: number
  readonly unknown: number
  readonly refused: readonly RefusedPicture[]
  /** Pictures in the folders that no catalogue names. */
  readonly unlisted: number
}

interface ImportedPicture extends Picture {
  readonly pixelScale: number | undefined
}

/** A row whose picture is in the batch. */
interface Taken {
  readonly at: number
  /** Arcsec per pixel. */
  readonly pixelScale: number | undefined
}

/** Bytes of pictures handed to the writer at once. */
const BATCH_BYTES = 4 * 1024 * 1024

/**
 * Joins folders of pictures with their catalogues into one HDF5 file of Galaxy10's layout: pictures in the order of the
 * catalogues, exact classes, masks of admitted ones, identifiers, coordinates, pixel scales and redshifts as far as known. The pixel
 * scale of a picture that is resized becomes that of its new pixels.
 * The catalogues are checked to the last row before the first picture is opened. A picture that is missing or cannot be
 * read is refused and the rest goes on; a wrong label stops everything, for it means that the catalogue is not what it is
 * taken for.
 *
 * @throws PureGalaxyError those of `joinSource` and `refuseSharedPictures`; `io.import.nothing` where no picture can be read; `io.import.size` where
 *   sizes differ and none is given; those of `writeGalaxy10`; the signal's reason
 * @example
 *   const { exact, refused } = await importPictures({
 *     sources: [{ folder: 'galaxies/train', catalogue: 'galaxies/train.csv' }], size: [64, 64], out: 'train.h5' })
 */
export async function importPictures(options: ImportPicturesOptions): Promise<ImportedPictures> {
  const { sources, out, classes = GALAXY10_DECALS, signal } = options
  const rows: ImportRow[] = []
  let unlisted = 0
  for (const source of sources) {
    const joined = await joinSource(source, classes, signal)
    for (const row of joined.rows) rows.push(row)
    unlisted += joined.unlisted
  }
  refuseSharedPictures(rows)
  const ids = uniqueIds(sources, rows)
  const size = options.size ?? (await firstSize(sources, rows))
  const refused: RefusedPicture[] = []
  const batches = batchesOf(rows, ids, size, refused, options)
  await writeGalaxy10({ path: out, size, classes, batches, count: rows.length, signal })
  const lost = new Set(refused.map(({ catalogue, line }) => `${line} ${catalogue}`))
  const written = rows.filter(({ source, line }) => !lost.has(`${line} ${source.catalogue}`))
  const exact = written.filter(({ label }) => label >= 0).length
  const unknown = written.filter(({ allowed }) => allowed === 0).length
  return { exact, partial: written.length - exact - unknown, unknown, refused, unlisted }
}

async function firstSize(
  sources: readonly ImportSource[],
  rows: readonly ImportRow[],
): Promise<[height: number, width: number]> {
  let first: PureGalaxyError | undefined
  for (const row of rows) {
    try {
      const { height, width } = await decodeRow(row)
      return [height, width]
    } catch (error) {
      if (!(error instanceof PureGalaxyError)) throw error
      first ??= error
    }
  }
  throw nothingError(sources, rows.length, first)
}

async function* batchesOf(
  rows: readonly ImportRow[],
  ids: readonly string[],
  size: readonly [number, number],
  refused: RefusedPicture[],
  { sources, concurrency = defaultConcurrency(), onProgress, signal, size: wanted }: ImportPicturesOptions,
): AsyncGenerator<Galaxy10Batch, void, undefined> {
  const pictureBytes = size[0] * size[1] * 3
  const capacity = Math.max(1, Math.floor(BATCH_BYTES / pictureBytes))
  const images = new Uint8Array(capacity * pictureBytes)
  let taken: Taken[] = []
  const decode = (row: ImportRow) => decodeOrRefuse(row, wanted)
  let done = 0
  let written = 0
  for await (const result of mapOrdered(rows, concurrency, decode, signal)) {
    const at = done++
    const row = rows[at]!
    if (result instanceof PureGalaxyError) {
      refused.push({ catalogue: row.source.catalogue, line: row.line, name: row.name, error: result })
    } else {
      if (result.height !== size[0] || result.width !== size[1]) throw sizeError(row, result, size)
      images.set(result.data, taken.length * pictureBytes)
      taken.push({ at, pixelScale: result.pixelScale })
      written++
    }
    onProgress?.(done, rows.length)
    if (taken.length < capacity) continue
    yield batchOf(images, taken, rows, ids)
    taken = []
  }
  if (written === 0) throw nothingError(sources, rows.length, refused[0]?.error)
  if (taken.length > 0) yield batchOf(images.subarray(0, taken.length * pictureBytes), taken, rows, ids)
}

function batchOf(
  images: Uint8Array,
  taken: readonly Taken[],
  rows: readonly ImportRow[],
  ids: readonly string[],
): Galaxy10Batch {
  const column = (value: (row: ImportRow, one: Taken) => number | undefined): Float64Array | undefined => {
    const values = taken.map((one) => value(rows[one.at]!, one))
    return values.every((v) => v === undefined)
      ? undefined
      : Float64Array.from(values, (v) => v ?? Number.NaN)
  }
  return {
    images,
    labels: taken.map(({ at }) => rows[at]!.label),
    allowed: taken.map(({ at }) => rows[at]!.allowed),
    ids: taken.map(({ at }) => ids[at]!),
    ra: column(({ ra }) => ra),
    dec: column(({ dec }) => dec),
    redshift: column(({ redshift }) => redshift),
    pxscale: column((_, { pixelScale }) => pixelScale),
  }
}

async function decodeOrRefuse(
  row: ImportRow,
  size: ImportPicturesOptions['size'],
): Promise<ImportedPicture | PureGalaxyError> {
  try {
    return { ...(await decodeRow(row, size)), pixelScale: await pixelScaleOf(row, size) }
  } catch (error) {
    if (error instanceof PureGalaxyError) return error
    throw error
  }
}

/** Arcsec per pixel of the picture as it is written. */
async function pixelScaleOf(
  { path, pixelScale }: ImportRow,
  size: ImportPicturesOptions['size'],
): Promise<number | undefined> {
  if (pixelScale === undefined || !(pixelScale > 0) || size === undefined) return pixelScale
  const [height, width] = await pictureSize(path!)
  // What is resized is the largest central part of the new aspect.
  return pixelScale * Math.min(height / size[0], width / size[1])
}

function decodeRow(row: ImportRow, size?: readonly [number, number]): Promise<Picture> {
  if (row.path !== undefined) return decodePicture(row.path, { size })
  throw new PureGalaxyError(
    'io.import.no-picture',
    `${row.source.catalogue}, line ${row.line}: there is no picture ${quoteCell(row.name)} in ${row.source.folder}. Correct the row, or name the right folder.`,
  )
}

const sizeError = (row: ImportRow, { height, width }: Picture, size: readonly [number, number]) =>
  new PureGalaxyError(
    'io.import.size',
    `${row.path} has ${height}×${width} pixels, the pictures before it ${size[0]}×${size[1]}. Give the size that all are to have.`,
  )

const nothingError = (sources: readonly ImportSource[], count: number, first: PureGalaxyError | undefined) =>
  new PureGalaxyError(
    'io.import.nothing',
    `${sources.map(({ catalogue }) => catalogue).join(', ')}: of ${count} rows none has a picture that can be read. ${first?.message ?? 'Add rows to the catalogue.'}`,
  )
