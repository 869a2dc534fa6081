import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isPictureName } from '../pictures/index.ts'
import { nameEncodingError, readFolder } from '../read-folder.ts'
import { byName, type PictureSource } from './picture-source.ts'

/** Pictures in folders on the disk. A folder is listed with one call, without asking for each picture of a million. */
export class FolderSource implements PictureSource {
  readonly path: string
  readonly identity = ''

  constructor(path: string) {
    this.path = path
  }

  async folders(folder: string): Promise<string[]> {
    const names: string[] = []
    for (const entry of await this.#entries(folder)) {
      if (entry.name.startsWith('.')) continue
      const isFolder =
        entry.kind === 'folder' || (entry.kind === 'link' && (await this.#isFolder(join(folder, entry.name))))
      if (isFolder) names.push(entry.name)
    }
    return names.sort(byName)
  }

  async pictures(folder: string): Promise<string[]> {
    const entries = await this.#entries(folder)
    return entries
      .filter((entry) => entry.kind !== 'folder' && isPictureName(entry.name))
      .map((entry) => entry.name)
      .sort(byName)
  }

  async open(name: string): Promise<string> {
    return join(this.path, name)
  }

  async close(): Promise<void> {}

  async #entries(folder: string) {
    const path = join(this.path, folder)
    const entries = await readFolder(path)
    for (const { name, isUtf8, kind } of entries) {
      const counts = kind === 'folder' || isPictureName(name)
      if (!isUtf8 && counts && !name.startsWith('.')) throw nameEncodingError(join(path, name))
    }
    return entries
  }

  /** False for a link that leads nowhere. */
  async #isFolder(name: string): Promise<boolean> {
    const found = await stat(join(this.path, name)).catch(() => undefined)
    return found?.isDirectory() ?? false
  }
}
