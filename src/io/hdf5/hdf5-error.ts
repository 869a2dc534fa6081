import { PureGalaxyError } from '../../errors.ts'
import { fileError } from '../file-errors.ts'
import type { Watched } from './library.ts'

/**
 * What a failed call of the HDF5 library means for the file.
 *
 * @param what "the data set ans cannot be read"
 * @returns `io.hdf5.truncated`, `io.hdf5.corrupt`, or the file system's own (`io.no-space` …)
 */
export function hdf5Error(
  path: string,
  what: string,
  { thrown, messages, failure }: Watched<unknown>,
): unknown {
  if (failure !== undefined) return fileError(failure, path)
  if (thrown instanceof PureGalaxyError) return thrown
  const cause = thrown ?? new Error(messages)
  if (/truncated file/i.test(messages)) {
    return new PureGalaxyError(
      'io.hdf5.truncated',
      `${path} is truncated: it ends before the data that it lists. Fetch or write the file again.`,
      { cause },
    )
  }
  const reason = innermostReason(messages) ?? (thrown instanceof Error ? thrown.message : undefined)
  return new PureGalaxyError(
    'io.hdf5.corrupt',
    `${path} is corrupt: ${what}${reason ? ` (HDF5: ${reason})` : ''}. Fetch or write the file again.`,
    { cause },
  )
}

/** The cause in HDF5's error stack, whose last entry is the innermost. */
const innermostReason = (messages: string): string | undefined =>
  [...messages.matchAll(/line \d+ in \w+\(\): (.+)/g)].at(-1)?.[1]
