import { readFile } from 'node:fs/promises'
import { PureGalaxyError } from '../../errors.ts'
import { writeFileAtomic } from '../atomic.ts'
import { fileError } from '../file-errors.ts'
import type { Subset } from './count-labels.ts'
import { dataHash, HASHED_FIELDS, type HashedField } from './data-hash.ts'
import { type DatasetSplit, SPLIT_FORMAT, SPLIT_VERSION } from './dataset-split.ts'
import type { SplitSource } from './split-source.ts'

/**
 * Writes a split as JSON, a list of rows to a line.
 * @throws as `writeFileAtomic`
 */
export async function writeSplit(path: string, split: DatasetSplit): Promise<void> {
  const entries = Object.entries(split).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  await writeFileAtomic(path, `{\n${entries.join(',\n')}\n}\n`)
}

/**
 * Reads a split file for a data set.
 * @param source the data set that it must belong to
 * @throws `io.not-found` …; `split.damaged` for what is no split or contradicts itself; `split.version`;
 *   `split.data-changed` where the rows of the data are not those that were split
 */
export async function readSplit(path: string, source: SplitSource): Promise<DatasetSplit> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw fileError(error, path)
  }
  const split = parseSplit(text, path)
  checkData(split, source, path)
  return split
}

/**
 * Reads the text of a split file and checks it against itself.
 * @param path for messages
 * @throws `split.damaged`, `split.version`
 */
export function parseSplit(text: string, path: string): DatasetSplit {
  const damaged = (what: string, cause?: unknown) =>
    new PureGalaxyError(
      'split.damaged',
      `${path}: ${what}. Expected a file written by "puregalaxy split"; make it again from the data set.`,
      { cause },
    )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw damaged(
      text.trim() === '' ? 'the file is empty' : 'this is not JSON, or a part of it is missing',
      error,
    )
  }
  if (!isRecord(value) || value.format !== SPLIT_FORMAT) throw damaged('this JSON file is no split')
  if (value.version !== SPLIT_VERSION) {
    throw new PureGalaxyError(
      'split.version',
      `${path} is a split of version ${String(value.version)}; this puregalaxy reads version ${SPLIT_VERSION}. ` +
        'Use the puregalaxy that wrote it, or split again.',
    )
  }
  const problem = problemOf(value)
  if (problem !== undefined) throw damaged(problem)
  return value as unknown as DatasetSplit
}

type JsonRecord = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is wrong with a split, or undefined. */
function problemOf(split: JsonRecord): string | undefined {
  for (const key of ['length', 'groups', 'duplicatePositions', 'withoutPosition', 'seed']) {
    if (!Number.isSafeInteger(split[key]) || (split[key] as number) < 0) return `"${key}" is not a count`
  }
  if (typeof split.dataHash !== 'string' || !/^[0-9a-f]{64}$/.test(split.dataHash)) {
    return '"dataHash" is not a SHA-256'
  }
  if (!Array.isArray(split.hashed) || !split.hashed.every(isHashedField)) {
    return `"hashed" is not a list of ${HASHED_FIELDS.join(', ')}`
  }
  if (!isRecord(split.counts) || !isRecord(split.fractions)) return '"counts" or "fractions" is missing'
  if (!(split.groupRadius === null || typeof split.groupRadius === 'number'))
    return '"groupRadius" is no number'
  return problemOfRows(split, split.length as number)
}

function isHashedField(value: unknown): value is HashedField {
  return HASHED_FIELDS.some((field) => field === value)
}

/** Every row must be in one part, and only there. */
function problemOfRows(split: JsonRecord, length: number): string | undefined {
  const subsets: readonly Subset[] = split.val === undefined ? ['train', 'test'] : ['train', 'val', 'test']
  let held = 0
  for (const subset of subsets) {
    const rows = split[subset]
    if (!Array.isArray(rows) || rows.length === 0) return `"${subset}" is not a list of rows`
    held += rows.length
  }
  // Where they hold more, one of them stands twice or is no row.
  if (held < length) return `the parts hold ${held} of ${length} rows`
  // 0: in no part yet; else the part's place in `subsets`, from 1.
  const partOf = new Uint8Array(length)
  for (const [at, subset] of subsets.entries()) {
    for (const row of split[subset] as unknown[]) {
      if (typeof row !== 'number' || !Number.isInteger(row) || row < 0 || row >= length) {
        return `"${subset}" holds ${JSON.stringify(row)}, which is no row of ${length}`
      }
      const other = partOf[row]!
      if (other !== 0) {
        return other === at + 1
          ? `"${subset}" holds row ${row} twice`
          : `row ${row} is in "${subsets[other - 1]}" and in "${subset}"`
      }
      partOf[row] = at + 1
    }
  }
  return undefined
}

function checkData(split: DatasetSplit, source: SplitSource, path: string): void {
  const refuse = (what: string) => {
    const made = split.source === null ? '' : ` (it was made from ${split.source})`
    throw new PureGalaxyError(
      'split.data-changed',
      `${path} does not belong to ${source.path ?? 'this data set'}: ${what}${made}. ` +
        'Use the data that was split, or make a new split with "puregalaxy split".',
    )
  }
  if (split.length !== source.length) {
    refuse(`the split is of ${split.length} rows, the data has ${source.length}`)
  }
  const missing = split.hashed.filter((field) => source[field] === undefined)
  if (missing.length > 0) refuse(`the split knows ${missing.join(' and ')}, the data does not`)
  if (dataHash(source, split.hashed) !== split.dataHash) {
    refuse(`${split.hashed.join(', ') || 'the number of rows'} are not those that were split`)
  }
}
