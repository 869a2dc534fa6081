import { PureGalaxyError } from '../../errors.ts'
import { PjrtApi } from './api.ts'
import { PjrtClient } from './client.ts'
import type { CreateOptions } from './create-options.ts'
import { callWithoutArguments, findSymbol, openLibrary } from './native.ts'

/** A loaded plugin. It stays loaded until the process ends. */
export interface PjrtPlugin {
  readonly path: string
  readonly apiVersion: readonly [major: number, minor: number]
  createClient(options?: CreateOptions): Promise<PjrtClient>
}

const loaded = new Map<string, PjrtPlugin>()

/**
 * Loads a PJRT plugin, or returns it when it is loaded.
 *
 * @param path shared library that exports `GetPjrtApi`
 * @param preload libraries that it needs and the system's loader does not find by itself, in order
 * @throws PureGalaxyError `pjrt.library` where a file is missing, damaged, of another architecture, or lacks libraries;
 *   `pjrt.plugin` where it is no PJRT plugin; `pjrt.version` where it speaks another version of the interface
 * @example
 * const client = await loadPlugin('/opt/plugins/pjrt_c_api_cpu_plugin.so').createClient()
 */
export function loadPlugin(path: string, { preload = [] }: { preload?: readonly string[] } = {}): PjrtPlugin {
  const known = loaded.get(path)
  if (known) return known
  for (const library of preload) openLibrary(library, true)
  const entry = findSymbol(openLibrary(path, false), 'GetPjrtApi')
  const pointer = entry && callWithoutArguments(entry)
  if (!pointer) {
    throw new PureGalaxyError(
      'pjrt.plugin',
      `${path} is a shared library but no PJRT plugin: ` +
        (entry ? 'its function GetPjrtApi returns nothing.' : 'it has no function GetPjrtApi.'),
    )
  }
  const api = new PjrtApi(pointer, path)
  api.call('Plugin_Initialize', {})
  const plugin: PjrtPlugin = {
    path,
    apiVersion: api.version,
    createClient: (options = {}) => PjrtClient.create(api, options),
  }
  loaded.set(path, plugin)
  return plugin
}
