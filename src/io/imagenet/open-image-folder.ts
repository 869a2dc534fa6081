import { createHash } from 'node:crypto'
import { PureGalaxyError } from '../../errors.ts'
import { decodePicture, defaultConcurrency, mapOrdered } from '../pictures/index.ts'
import type { ImageDataset, OpenDatasetOptions } from '../types.ts'
import { findImageFolder, type ImageFolderLayout } from './find-image-folder.ts'
import { openPictureSource } from './open-picture-source.ts'
import type { PictureSource } from './picture-source.ts'

/** Folders listed at once. */
const LISTINGS_AT_ONCE = 8

/** [height, width] when none is asked for: what ImageNet is trained at. */
const DEFAULT_SIZE = [224, 224] as const

/**
 * Opens ImageNet, or anything laid out like it: `train/<class>/…` and `val/<class>/…`, or class folders alone, in a
 * folder or a tar (as it is, or compressed with gzip or xz). Opening lists names and opens no picture; `read` decodes
 * what it is asked for, in parallel, with the shorter side resized to 256/224 of the size and the centre cut out.
 *
 * Classes are the folders' names, sorted; identifiers are `<class>/<picture>`. The hash covers the names (and the
 * size and time of an archive), not the content of a million files.
 *
 * @throws PureGalaxyError `io.image-folder.layout`, `io.image-folder.subset`, `io.image-folder.no-parts`,
 *   `io.image-folder.classes`, `io.image-folder.empty`, those of `openPictureSource`; `read` throws those of `decodePicture`, naming the picture
 * @example
 *   const dataset = await openImageFolder('imagenet', { subset: 'val', size: [224, 224] })
 *   await dataset.read([0, 49_999], new Uint8Array(2 * 224 * 224 * 3))
 */
export async function openImageFolder(path: string, options: OpenDatasetOptions = {}): Promise<ImageDataset> {
  const source = await openPictureSource(path, options)
  try {
    const layout = await findImageFolder(source, options.subset)
    options.onClasses?.(path, { names: layout.classes, slugs: layout.classes })
    const { ids, labels } = await listClasses(source, layout, options.signal)
    if (ids.length === 0) {
      throw new PureGalaxyError(
        'io.image-folder.empty',
        `${path}: there is not one picture in the ${layout.classes.length} class folders. Check the path.`,
      )
    }
    return new ImageFolderDataset(source, layout, ids, labels, options.size ?? DEFAULT_SIZE)
  } catch (error) {
    await source.close()
    throw error
  }
}

async function listClasses(
  source: PictureSource,
  { folder, classes }: ImageFolderLayout,
  signal?: AbortSignal,
): Promise<{ ids: string[]; labels: Int32Array }> {
  const present = new Set(await source.folders(folder))
  const list = async (name: string) => (present.has(name) ? source.pictures(inFolder(folder, name)) : [])
  const ids: string[] = []
  const ends: number[] = []
  for await (const pictures of mapOrdered(classes, LISTINGS_AT_ONCE, list, signal)) {
    const name = classes[ends.length]!
    for (const picture of pictures) ids.push(`${name}/${picture}`)
    ends.push(ids.length)
  }
  const labels = new Int32Array(ids.length)
  ends.forEach((end, label) => {
    labels.fill(label, ends[label - 1] ?? 0, end)
  })
  return { ids, labels }
}

class ImageFolderDataset implements ImageDataset {
  readonly path: string
  readonly hash: string
  readonly length: number
  readonly height: number
  readonly width: number
  readonly classes: ImageDataset['classes']
  readonly labels: Int32Array
  readonly allowed = undefined
  readonly ids: readonly string[]
  readonly ra = undefined
  readonly dec = undefined
  readonly #source: PictureSource
  readonly #folder: string

  constructor(
    source: PictureSource,
    { folder, classes }: ImageFolderLayout,
    ids: readonly string[],
    labels: Int32Array,
    [height, width]: readonly [number, number],
  ) {
    this.path = source.path
    this.length = ids.length
    this.height = height
    this.width = width
    this.classes = { names: classes, slugs: classes }
    this.labels = labels
    this.ids = ids
    this.#source = source
    this.#folder = folder
    const hash = createHash('sha256').update(`${JSON.stringify(classes)}${source.identity}`)
    for (const id of ids) hash.update(`${id}\n`)
    this.hash = hash.digest('hex')
  }

  async read(indices: ArrayLike<number>, out: Uint8Array): Promise<void> {
    const pictureBytes = this.height * this.width * 3
    if (out.length < indices.length * pictureBytes) {
      throw new PureGalaxyError(
        'io.buffer-size',
        `${this.path}: ${indices.length} pictures need ${indices.length * pictureBytes} bytes, the buffer has ${out.length}.`,
      )
    }
    let at = 0
    const decoded = mapOrdered(Array.from(indices), defaultConcurrency(), (index) => this.#decode(index))
    for await (const pixels of decoded) out.set(pixels, pictureBytes * at++)
  }

  async close(): Promise<void> {
    await this.#source.close()
  }

  async #decode(index: number): Promise<Uint8Array> {
    const id = this.ids[index]
    if (id === undefined) {
      throw new PureGalaxyError(
        'io.index',
        `${this.path}: picture ${index} of 0 … ${this.length - 1} was asked for.`,
      )
    }
    const file = inFolder(this.#folder, id)
    const size = [this.height, this.width] as const
    const name = `${this.path}/${file}`
    const { data } = await decodePicture(await this.#source.open(file), { size, fit: 'central', name })
    return data
  }
}

const inFolder = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)
