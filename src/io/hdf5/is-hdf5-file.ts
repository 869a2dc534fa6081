import { open } from 'node:fs/promises'
import { HDF5_SIGNATURE } from './hdf5-file.ts'

/** Where the signature may stand: at the beginning, or after a user block. */
const SIGNATURE_OFFSETS = [0, 512, 1024, 2048]

/**
 * Whether a path is meant as an HDF5 file: by its name, or by the signature near its beginning. False for folders and for
 * what cannot be read; whoever opens it says why.
 */
export async function isHdf5File(path: string): Promise<boolean> {
  if (/\.(h5|hdf5?)$/i.test(path)) return true
  try {
    const handle = await open(path, 'r')
    try {
      const head = Buffer.alloc(SIGNATURE_OFFSETS.at(-1)! + HDF5_SIGNATURE.length)
      await handle.read(head, 0, head.length, 0)
      return SIGNATURE_OFFSETS.some((at) =>
        head.subarray(at, at + HDF5_SIGNATURE.length).equals(HDF5_SIGNATURE),
      )
    } finally {
      await handle.close()
    }
  } catch {
    return false
  }
}
