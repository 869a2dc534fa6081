import { open } from 'node:fs/promises'
import { HDF5_SIGNATURE } from './hdf5-file.ts'

/**
 * Whether a path is meant as an HDF5 file: by its name, or by the signature at its beginning. False for folders and for
 * what cannot be read; whoever opens it says why.
 */
export async function isHdf5File(path: string): Promise<boolean> {
  if (/\.(h5|hdf5?)$/i.test(path)) return true
  try {
    const handle = await open(path, 'r')
    try {
      const head = Buffer.alloc(HDF5_SIGNATURE.length)
      await handle.read(head, 0, head.length, 0)
      return head.equals(HDF5_SIGNATURE)
    } finally {
      await handle.close()
    }
  } catch {
    return false
  }
}
