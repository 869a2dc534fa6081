import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Path of a built script or a copied file of this package, `dist/<name>`: threads and processes run JavaScript, wherever the
 * code that starts them lies.
 *
 * @example builtScript('train/batch-worker.js')
 */
export function builtScript(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder)
  return join(folder, 'dist', name)
}
