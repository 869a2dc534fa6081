import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Libraries that XLA's CUDA plugin looks up by name, in the order in which each finds those that it needs itself.
 * The CUDA plugin of JAX loads the same ones before itself (`_load_nvidia_libraries` of its `__init__.py`).
 */
const ORDER = [
  'libcudart',
  'libnvrtc',
  'libnvJitLink',
  'libcublasLt',
  'libcublas',
  'libnccl',
  'libcupti',
  'libcusparse',
  'libcusolver',
  'libcufft',
  'libnvshmem_host',
  'libcudnn',
]

/**
 * NVIDIA's libraries as its Python packages lay them out (`nvidia/cublas/lib` for CUDA 12, `nvidia/cu13/lib` for
 * CUDA 13), to be loaded before the plugin.
 *
 * @param sitePackages the folder that holds `nvidia/`
 * @param cuda major version: another version's libraries may lie in the same folder and are left alone
 * @returns absolute paths in the order of loading; empty where there are none, and then the system's are used
 */
export async function cudaLibraries(sitePackages: string, cuda: 12 | 13): Promise<string[]> {
  const root = join(sitePackages, 'nvidia')
  const packages = (await names(root)).filter((name) => !/^cu\d+$/.test(name) || name === `cu${cuda}`)
  // CUDA 13's packages share one folder; what only CUDA 12 has under its own name is not for it.
  const shared = packages.includes('cu13')
  const files = new Map<string, string>()
  for (const name of packages) {
    if (shared && !['cu13', 'nccl', 'nvshmem', 'cudnn'].includes(name)) continue
    for (const file of await names(join(root, name, 'lib'))) {
      const library = /^(lib[A-Za-z_]+)\.so\.\d+$/.exec(file)?.[1]
      if (library !== undefined) files.set(library, join(root, name, 'lib', file))
    }
  }
  return ORDER.flatMap((library) => files.get(library) ?? [])
}

/** Names in a folder, sorted; empty where it cannot be read. */
const names = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).sort()
