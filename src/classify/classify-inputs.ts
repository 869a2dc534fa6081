import { resolve } from 'node:path'
import { PureGalaxyError } from '../errors.ts'
import { withProbabilities } from '../io/catalogue/prediction-row.ts'
import type { PredictionRow } from '../io/index.ts'
import type { ImageDataset } from '../io/types.ts'
import { type Classifier, LARGEST_BATCH } from './classifier.ts'

export interface ClassifyInputsOptions {
  /** Inputs to pass over at the start: rows that an earlier, killed run wrote. */
  readonly skip?: number
  /** Pictures classified so far (skipped ones included), of how many. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** A picture file, a data set, or a path that is neither. */
type Source =
  | { readonly kind: 'picture'; readonly path: string }
  | { readonly kind: 'dataset'; readonly path: string; readonly dataset: ImageDataset; readonly ids: boolean }
  | { readonly kind: 'refused'; readonly path: string; readonly error: PureGalaxyError }

/** Files that are read as data sets, the others as single pictures. */
const DATASET_NAME = /\.(h5|hdf5?)$/i

/** A picture that is ready for the model, or the row of one that is not. */
type Item = { readonly row: PredictionRow; readonly pixels?: Uint8Array }

/**
 * Inputs of a classification, in order: picture files, the pictures of folders (searched to any depth), the rows of HDF5
 * files. Each has an identifier that is unique and the same in every run over the same inputs: the path of a picture as
 * given; of a data set's row its own identifier where the data set is the only one and has unique ones, else
 * `path#row`. A path that is given twice is taken once.
 */
export class ClassifyInputs {
  readonly #sources: readonly Source[]
  readonly length: number

  private constructor(sources: readonly Source[]) {
    this.#sources = sources
    this.length = sources.reduce((sum, source) => sum + sizeOf(source), 0)
  }

  /**
   * Finds the pictures; data sets are decoded to the classifier's input size (into the user's cache).
   *
   * @param paths files and folders; one that cannot be opened becomes a row with an error
   * @throws PureGalaxyError `classify.no-inputs` where there is not a single picture; the signal's reason
   */
  static async open(
    paths: readonly string[],
    inputSize: readonly [height: number, width: number, channels: 3],
    options: Pick<ClassifyInputsOptions, 'onProgress' | 'signal'> = {},
  ): Promise<ClassifyInputs> {
    const sources: Source[] = []
    const seen = new Set<string>()
    try {
      const single = paths.filter((path) => DATASET_NAME.test(path)).length === 1
      for (const path of paths) {
        for (const source of await openSources(path, inputSize, single, options)) {
          const place = resolve(source.path)
          if (seen.has(place) && source.kind === 'dataset') await source.dataset.close()
          if (!seen.has(place)) sources.push(source)
          seen.add(place)
        }
      }
      const inputs = new ClassifyInputs(sources)
      if (inputs.length > 0) return inputs
      throw new PureGalaxyError(
        'classify.no-inputs',
        `There is no picture in ${paths.join(', ')}. Name picture files, folders of them or HDF5 files.`,
      )
    } catch (error) {
      for (const source of sources) if (source.kind === 'dataset') await source.dataset.close()
      throw error
    }
  }

  /** Identifiers of all inputs, in order. */
  *ids(): Generator<string, void, undefined> {
    for (const source of this.#sources) {
      for (let row = 0; row < sizeOf(source); row++) yield identify(source, row)
    }
  }

  /**
   * Classifies all inputs and yields their rows in order, a batch at a time. Pictures are decoded in parallel while
   * the model works on those before them; only a few batches are in memory. A picture that cannot be read is a row
   * with `error`, as is one for which the model gives no finite probabilities.
   *
   * @throws the signal's reason, and what is not about one picture
   */
  async *classify(
    classifier: Classifier,
    options: ClassifyInputsOptions = {},
  ): AsyncGenerator<PredictionRow[], void, undefined> {
    const { skip = 0, onProgress, signal } = options
    let done = skip
    let working: Promise<PredictionRow[]> | undefined
    try {
      for await (const batch of batches(this.#items(classifier, skip, signal))) {
        const before = working
        // The next batch is decoded and waiting when the model gets free.
        if (before !== undefined) yield await before
        signal?.throwIfAborted()
        working = predictRows(classifier, batch)
        working.catch(() => undefined)
        done += batch.length
        onProgress?.(done, this.length)
      }
      if (working !== undefined) yield await working
    } finally {
      await working?.catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    for (const source of this.#sources) if (source.kind === 'dataset') await source.dataset.close()
  }

  async *#items(classifier: Classifier, skip: number, signal?: AbortSignal): AsyncGenerator<Item> {
    let left = skip
    let pictures: string[] = []
    for (const source of this.#sources) {
      const size = sizeOf(source)
      const first = Math.min(left, size)
      left -= first
      if (source.kind === 'picture') {
        if (first === 0) pictures.push(source.path)
        continue
      }
      yield* decodePictures(pictures, classifier, signal)
      pictures = []
      if (source.kind === 'dataset') yield* datasetItems(source, first)
      else if (first === 0) yield { row: { id: source.path, error: source.error.message } }
    }
    yield* decodePictures(pictures, classifier, signal)
  }
}

async function openSources(
  path: string,
  [height, width]: readonly [number, number, 3],
  single: boolean,
  options: Pick<ClassifyInputsOptions, 'onProgress' | 'signal'>,
): Promise<Source[]> {
  try {
    if (DATASET_NAME.test(path)) {
      const { openDataset } = await import('../io/open-dataset.ts')
      const dataset = await openDataset(path, { ...options, size: [height, width], labels: 'optional' })
      const ids = single && dataset.ids !== undefined && new Set(dataset.ids).size === dataset.length
      return [{ kind: 'dataset', path, dataset, ids }]
    }
    const { findPictures } = await import('../io/pictures/list-pictures.ts')
    const found = await findPictures([path], options.signal)
    return found.map(({ path, error }) =>
      error === undefined ? { kind: 'picture', path } : { kind: 'refused', path, error },
    )
  } catch (error) {
    if (error instanceof PureGalaxyError) return [{ kind: 'refused', path, error }]
    throw error
  }
}

function sizeOf(source: Source): number {
  return source.kind === 'dataset' ? source.dataset.length : 1
}

function identify(source: Source, row: number): string {
  if (source.kind !== 'dataset') return source.path
  return source.ids ? source.dataset.ids![row]! : `${source.path}#${row}`
}

async function* decodePictures(
  paths: readonly string[],
  classifier: Classifier,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  if (paths.length === 0) return
  const { decodeAll } = await import('../io/pictures/decode-all.ts')
  const [height, width] = classifier.inputSize
  for await (const { index, picture, error } of decodeAll(paths, { size: [height, width], signal })) {
    const id = paths[index]!
    yield picture === undefined
      ? { row: { id, error: error.message } }
      : { row: { id }, pixels: picture.data }
  }
}

async function* datasetItems(
  source: Extract<Source, { kind: 'dataset' }>,
  first: number,
): AsyncGenerator<Item> {
  const { dataset } = source
  const size = dataset.height * dataset.width * 3
  for (let start = first; start < dataset.length; start += LARGEST_BATCH) {
    const rows = Array.from({ length: Math.min(LARGEST_BATCH, dataset.length - start) }, (_, i) => start + i)
    const pixels = new Uint8Array(rows.length * size)
    await dataset.read(rows, pixels)
    for (const [index, row] of rows.entries()) {
      yield {
        row: { id: identify(source, row), ra: dataset.ra?.[row], dec: dataset.dec?.[row] },
        pixels: pixels.subarray(index * size, (index + 1) * size),
      }
    }
  }
}

/** Gathers items until a batch of pictures is full; rows of refused ones ride along. */
async function* batches(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = []
  let pictures = 0
  for await (const item of items) {
    batch.push(item)
    if (item.pixels !== undefined) pictures++
    if (pictures < LARGEST_BATCH && batch.length < 16 * LARGEST_BATCH) continue
    yield batch
    batch = []
    pictures = 0
  }
  if (batch.length > 0) yield batch
}

async function predictRows(classifier: Classifier, batch: readonly Item[]): Promise<PredictionRow[]> {
  const [height, width, channels] = classifier.inputSize
  const size = height * width * channels
  const readable = batch.filter((item) => item.pixels !== undefined)
  const pictures = new Uint8Array(readable.length * size)
  readable.forEach(({ pixels }, index) => {
    pictures.set(pixels!, index * size)
  })
  const predictions = readable.length === 0 ? [] : await classifier.predict(pictures)
  let next = 0
  return batch.map(({ row, pixels }) =>
    pixels === undefined ? row : withProbabilities(row, predictions[next++]!.probabilities),
  )
}
