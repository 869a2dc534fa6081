import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileError } from '../../io/file-errors.ts'
import { type Keys, parseKeys } from '../keys.ts'

export interface KeyFileOptions {
  /** Told of each reload: undefined when the new keys hold, or why the old ones still do. */
  readonly onReload?: (error: unknown) => void
  /** Milliseconds between looks at the file; default 1000. */
  readonly interval?: number
}

/** Keys of a file, read anew when it changes. */
export interface KeyFile extends Keys {
  close(): void
}

/**
 * Opens a file of keys (`parseKeys` has its form). When it changes its new keys hold from then on; where it cannot be read or
 * has a wrong line, those before.
 *
 * @throws PureGalaxyError `api.keys`, `io.…`
 */
export async function openKeyFile(path: string, options: KeyFileOptions = {}): Promise<KeyFile> {
  const { onReload, interval = 1000 } = options
  let keys = await readKeys(path)
  // Looked at by the clock: events of the system miss files that are replaced, and network file systems.
  const look = async () => {
    try {
      keys = await readKeys(path)
      onReload?.(undefined)
    } catch (error) {
      onReload?.(error)
    }
  }
  const listener = () => void look()
  watchFile(path, { interval, persistent: false }, listener)
  return { find: (token) => keys.find(token), close: () => unwatchFile(path, listener) }
}

async function readKeys(path: string): Promise<Keys> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw fileError(error, path)
  }
  return parseKeys(text, path)
}
