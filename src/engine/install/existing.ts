import { join } from 'node:path'
import { installationDefect } from './file-list.ts'
import type { InstallOptions } from './install-plugin.ts'
import { type InstallableName, type Installation, readInstallation } from './installation.ts'

/**
 * The installation that makes another one needless: it has these versions and all its files, and passes `verify`.
 *
 * @returns null where there is none, or one whose files are missing or damaged: installing again mends it
 * @throws what `verify` throws: installing the same files again would not help
 */
export async function existingInstallation(
  name: InstallableName,
  packages: Readonly<Record<string, string>>,
  { verify, onProgress }: Pick<InstallOptions, 'verify' | 'onProgress'>,
): Promise<(Installation & { readonly existed: true }) | null> {
  const existing = await readInstallation(name)
  if (!existing || JSON.stringify(existing.packages) !== JSON.stringify(packages)) return null
  const defect = await installationDefect(existing)
  if (defect !== null) {
    onProgress?.(`${defect}; installing again`)
    return null
  }
  await verify?.(join(existing.folder, existing.library), true)
  return { ...existing, existed: true }
}
