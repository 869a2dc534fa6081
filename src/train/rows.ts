import { readFile } from 'node:fs/promises'
import { PureGalaxyError } from '../errors.ts'
import { fileError } from '../io/file-errors.ts'
import { type ImageDataset, writeFileAtomic } from '../io/index.ts'
import { readSplit, validationSplit } from '../io/split/index.ts'
import { sortByLabel } from './targets.ts'

/** Rows of the data set that train and that validate, those without a usable label left out. */
export interface RunRows {
  readonly train: Uint32Array
  readonly val: Uint32Array
}

/**
 * Decides which rows train and which validate.
 *
 * @param validation the split file's part `val` where there is one, else a fraction of the rows to train on
 * @throws PureGalaxyError `split.…` for a split that is not of this data; `train.too-few` for fewer rows than a batch
 */
export async function chooseRows(
  dataset: ImageDataset,
  validation: { readonly split: string | null; readonly fraction: number },
  seed: number,
  batchSize: number,
): Promise<RunRows> {
  const split = validation.split === null ? undefined : await readSplit(validation.split, dataset)
  const all = labelled(dataset, split?.train ?? Array.from({ length: dataset.length }, (_, row) => row))
  let rows: RunRows
  if (split?.val !== undefined) rows = { train: all, val: labelled(dataset, split.val) }
  else if (validation.fraction === 0) rows = { train: all, val: new Uint32Array() }
  else rows = validationSplit(dataset, all, { fraction: validation.fraction, seed })
  if (rows.train.length < batchSize)
    throw new PureGalaxyError(
      'train.too-few',
      `${dataset.path} has ${rows.train.length} pictures with a label to train on, fewer than the batch size ${batchSize}. ` +
        'Use a smaller batch size or more data.',
    )
  return rows
}

function labelled(dataset: ImageDataset, indices: ArrayLike<number>): Uint32Array {
  const { exact, partial } = sortByLabel(dataset, indices)
  return Uint32Array.from([...exact, ...partial]).sort()
}

/** Writes rows.json of a run folder, so that a resumed run does not depend on the split file. */
export async function writeRows(path: string, rows: RunRows): Promise<void> {
  await writeFileAtomic(path, `{\n  "train": [${rows.train.join()}],\n  "val": [${rows.val.join()}]\n}\n`)
}

/** @throws PureGalaxyError `train.rows` for a file that is not as {@link writeRows} wrote it */
export async function readRows(path: string, dataset: ImageDataset): Promise<RunRows> {
  try {
    const { train, val } = Object(JSON.parse(await readFile(path, 'utf8'))) as {
      train?: unknown
      val?: unknown
    }
    const isRows = (rows: unknown): rows is number[] =>
      Array.isArray(rows) && rows.every((row) => Number.isInteger(row) && row >= 0 && row < dataset.length)
    if (isRows(train) && isRows(val)) return { train: Uint32Array.from(train), val: Uint32Array.from(val) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw fileError(error, path)
  }
  throw new PureGalaxyError(
    'train.rows',
    `${path} is damaged: it must stay as the run wrote it. Start the run again.`,
  )
}
