import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PureGalaxyError } from '../../errors.ts'
import { fileError } from '../file-errors.ts'
import { type FolderEntry, nameEncodingError, readFolder } from '../read-folder.ts'
import { isFitsName } from './picture-format.ts'

/**
 * Names that promise a picture, those that are refused included: a folder of FITS or AVIF must be refused file by file,
 * not pass for an empty one.
 */
const PICTURE_NAME = /\.(jpe?g|jpe|jfif|png|webp|tiff?|gif|avif|hei[cf]|bmp|jp2|j2k|jxl|svg|ppm|pgm)$/i

/** Whether a file found in a folder is taken for a picture, by its name; hidden files are not. */
export const isPictureName = (name: string): boolean =>
  !name.startsWith('.') && (PICTURE_NAME.test(name) || isFitsName(name))

/** A picture, or what keeps it, or all that is below it, from being read. */
export interface FoundPicture {
  readonly path: string
  readonly error?: PureGalaxyError
}

/**
 * The pictures under `paths`: files as given, whatever their name, and folders searched to any depth. The order is that
 * of `paths`, within a folder that of the names (by code unit, so the same on every machine). Hidden files and folders
 * are left out; a link to a folder that was searched already is not followed again, so loops end. A path or folder that
 * cannot be read, or a name that is no text, is an item with `error`, and the search goes on.
 *
 * @param paths files and folders
 * @returns paths that begin with the given ones
 * @throws the signal's reason
 * @example await findPictures(['cutouts', 'locked']) // [{ path: 'cutouts/a.jpg' }, { path: 'locked', error }]
 */
export async function findPictures(paths: readonly string[], signal?: AbortSignal): Promise<FoundPicture[]> {
  const found: FoundPicture[] = []
  for (const path of paths) {
    try {
      if (await isFolder(path)) await searchFolder(path, found, new Set(), signal)
      else found.push({ path })
    } catch (error) {
      found.push({ path, error: refusal(error, path) })
    }
  }
  return found
}

/**
 * The pictures that `findPictures` finds, where nothing keeps any from being read. Pictures whose name is no text are
 * left out: nothing that names pictures can mean them.
 *
 * @throws PureGalaxyError `io.not-found`, `io.permission` … naming the path; the signal's reason
 * @example await listPictures(['cutouts', 'one.jpg']) // ['cutouts/a.jpg', 'cutouts/b/c.png', 'one.jpg']
 */
export async function listPictures(paths: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const pictures: string[] = []
  for (const { path, error } of await findPictures(paths, signal)) {
    if (error === undefined) pictures.push(path)
    else if (error.code !== 'io.name-encoding') throw error
  }
  return pictures
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory()
}

async function searchFolder(
  folder: string,
  found: FoundPicture[],
  searched: Set<string>,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted()
  let entries: FolderEntry[]
  try {
    const real = await realpath(folder)
    if (searched.has(real)) return
    searched.add(real)
    entries = await readFolder(folder)
  } catch (error) {
    found.push({ path: folder, error: refusal(error, folder) })
    return
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, isUtf8, kind } of entries) {
    if (name.startsWith('.')) continue
    const path = join(folder, name)
    if (!isUtf8) {
      if (kind === 'folder' || isPictureName(name)) found.push({ path, error: nameEncodingError(path) })
    } else if (kind === 'folder') await searchFolder(path, found, searched, signal)
    else if (kind === 'file' && isPictureName(name)) found.push({ path })
    else if (kind === 'link') {
      const target = await stat(path).catch(() => undefined)
      if (target?.isDirectory()) await searchFolder(path, found, searched, signal)
      else if (isPictureName(name) && target?.isFile() !== false) found.push({ path })
    }
  }
}

/** What a person reads of an error of the file system; anything else, such as the signal's reason, is thrown on. */
function refusal(error: unknown, path: string): PureGalaxyError {
  const known = fileError(error, path)
  if (known instanceof PureGalaxyError) return known
  throw error
}
