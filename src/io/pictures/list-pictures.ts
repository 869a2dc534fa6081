import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../file-errors.ts'
import { isFitsName } from './picture-format.ts'

/**
 * Names that promise a picture, those that are refused included: a folder of FITS or AVIF must be refused file by file,
 * not pass for an empty one.
 */
const PICTURE_NAME = /\.(jpe?g|jpe|jfif|png|webp|tiff?|gif|avif|hei[cf]|bmp|jp2|j2k|jxl|svg|ppm|pgm)$/i

/** Whether a file found in a folder is taken for a picture, by its name; hidden files are not. */
export const isPictureName = (name: string): boolean =>
  !name.startsWith('.') && (PICTURE_NAME.test(name) || isFitsName(name))

/**
 * The pictures under `paths`: files as given, whatever their name, and folders searched to any depth. The order is that
 * of `paths`, within a folder that of the names (by code unit, so the same on every machine). Hidden files and folders
 * are left out; a link to a folder that was searched already is not followed again, so loops end.
 *
 * @param paths files and folders
 * @returns paths that begin with the given ones
 * @throws PureGalaxyError `io.not-found`, `io.permission` … naming the path
 * @example await listPictures(['cutouts', 'one.jpg']) // ['cutouts/a.jpg', 'cutouts/b/c.png', 'one.jpg']
 */
export async function listPictures(paths: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const pictures: string[] = []
  for (const path of paths) {
    if (await isFolder(path)) await searchFolder(path, pictures, new Set(), signal)
    else pictures.push(path)
  }
  return pictures
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw fileError(error, path)
  }
}

async function searchFolder(
  folder: string,
  pictures: string[],
  searched: Set<string>,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted()
  for (const entry of await readFolder(folder, searched)) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) await searchFolder(path, pictures, searched, signal)
    else if (entry.isFile() && isPictureName(entry.name)) pictures.push(path)
    else if (entry.isSymbolicLink()) {
      const target = await stat(path).catch(() => undefined)
      if (target?.isDirectory()) await searchFolder(path, pictures, searched, signal)
      // A link that leads nowhere is listed too: whoever decodes it says so.
      else if (isPictureName(entry.name) && target?.isFile() !== false) pictures.push(path)
    }
  }
}

/** The folder's entries by name; none when it was searched before. */
async function readFolder(folder: string, searched: Set<string>): Promise<Dirent[]> {
  try {
    const real = await realpath(folder)
    if (searched.has(real)) return []
    searched.add(real)
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    throw fileError(error, folder)
  }
}
