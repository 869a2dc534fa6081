import { PureGalaxyError } from '../../errors.ts'
import { byName, type PictureSource } from './picture-source.ts'

/** Names of the parts that a data set comes in. */
const PARTS = ['train', 'val', 'validation', 'test'] as const

/** Other names under which a part is looked for: ImageNet's public pictures for evaluation are called all three. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  val: ['val', 'validation', 'test'],
  validation: ['validation', 'val', 'test'],
  test: ['test', 'val', 'validation'],
}

/** Where the class folders of a part are, and which classes there are. */
export interface ImageFolderLayout {
  /** Folder of the source that holds the class folders. */
  readonly folder: string
  /** Names of the classes, sorted; those of `train` where there is one, so that all parts count alike. */
  readonly classes: readonly string[]
}

/**
 * Finds the class folders of a part: in a folder of its name, or at the top where the data do not come in parts.
 *
 * @param subset part that is wanted; default `train`
 * @throws PureGalaxyError `io.image-folder.layout` where there are no class folders, `io.image-folder.subset` naming the
 *   parts there are, `io.image-folder.no-parts` where there are none to choose from, `io.image-folder.classes` for a class that the training part lacks
 */
export async function findImageFolder(source: PictureSource, subset?: string): Promise<ImageFolderLayout> {
  const root = await findRoot(source)
  const top = await source.folders(root)
  const parts = top.filter((name) => PARTS.some((part) => part === name))
  if (parts.length === 0) return wholeFolder(source, root, top, subset)
  const wanted = subset ?? 'train'
  const part = (SYNONYMS[wanted] ?? [wanted]).find((name) => parts.includes(name))
  if (part === undefined) {
    throw new PureGalaxyError(
      'io.image-folder.subset',
      `${source.path} has no part ${wanted}. Found: ${parts.join(', ')}. Name one of these.`,
    )
  }
  const folder = join(root, part)
  const own = await source.folders(folder)
  const classes = parts.includes('train') ? await source.folders(join(root, 'train')) : own
  const unknown = own.find((name) => !classes.includes(name))
  if (unknown !== undefined) {
    throw new PureGalaxyError(
      'io.image-folder.classes',
      `${source.path}: ${part} has a class ${JSON.stringify(unknown)} that train lacks. Correct the folders.`,
    )
  }
  if (own.length === 0) throw await layoutError(source, folder)
  return { folder, classes: [...classes].sort(byName) }
}

async function wholeFolder(
  source: PictureSource,
  folder: string,
  classes: readonly string[],
  subset: string | undefined,
): Promise<ImageFolderLayout> {
  if (classes.length === 0) throw await layoutError(source, folder)
  if (subset !== undefined && subset !== 'train') {
    throw new PureGalaxyError(
      'io.image-folder.no-parts',
      `${source.path} does not come in parts, and ${subset} was asked for. Leave the part away, or split the data.`,
    )
  }
  return { folder, classes }
}

/** Archives often hold everything in one folder; go down to where the data begin. */
async function findRoot(source: PictureSource): Promise<string> {
  let root = ''
  for (;;) {
    const folders = await source.folders(root)
    const only = folders.length === 1 ? join(root, folders[0]!) : undefined
    if (only === undefined || PARTS.some((part) => part === folders[0])) return root
    const isWrapper = (await source.pictures(only)).length === 0 && (await source.folders(only)).length > 0
    if (!isWrapper) return root
    root = only
  }
}

async function layoutError(source: PictureSource, folder: string): Promise<PureGalaxyError> {
  const pictures = (await source.pictures(folder)).length
  const found = pictures > 0 ? `${pictures} pictures without class folders` : 'no folders'
  return new PureGalaxyError(
    'io.image-folder.layout',
    `${join(source.path, folder)} has ${found}; a folder for each class with its pictures was expected. Sort the pictures into such folders.`,
  )
}

const join = (folder: string, name: string): string => [folder, name].filter(Boolean).join('/')
