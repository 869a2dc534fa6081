import { PureGalaxyError } from '../errors.ts'

/** What each of the system's error codes means for somebody who reads or writes `path`. */
const EXPLANATIONS: Readonly<Record<string, { code: string; explain: (path: string) => string }>> = {
  ENOENT: {
    code: 'io.not-found',
    explain: (path) => `${path}: there is no such file or folder. Check the path.`,
  },
  EISDIR: {
    code: 'io.is-a-folder',
    explain: (path) => `${path} is a folder, and a file was expected. Name a file.`,
  },
  ENOTDIR: {
    code: 'io.not-a-folder',
    explain: (path) =>
      `${path}: a part of this path is a file, and a folder was expected. Choose another path.`,
  },
  EACCES: {
    code: 'io.permission',
    explain: (path) =>
      `${path}: permission denied. Change the permissions of the file or its folder, or choose another path.`,
  },
  EPERM: {
    code: 'io.permission',
    explain: (path) =>
      `${path}: the operation is not permitted. Change the permissions of the file or its folder, or choose another path.`,
  },
  EROFS: {
    code: 'io.read-only',
    explain: (path) => `${path}: the file system is mounted read-only. Choose another path.`,
  },
  ENOSPC: {
    code: 'io.no-space',
    explain: (path) =>
      `${path}: no space left on the device. Free some space, or choose a path on another disk.`,
  },
  EDQUOT: {
    code: 'io.no-space',
    explain: (path) =>
      `${path}: the disk quota is used up. Free some space, or choose a path on another disk.`,
  },
  EFBIG: {
    code: 'io.too-large',
    explain: (path) =>
      `${path}: the file is larger than the file system allows. Choose a path on another disk.`,
  },
  ENAMETOOLONG: {
    code: 'io.name-too-long',
    explain: (path) => `${path}: the name is longer than the file system allows. Choose a shorter one.`,
  },
  ELOOP: {
    code: 'io.link-loop',
    explain: (path) => `${path}: links lead round in a circle. Point them at a file, or remove them.`,
  },
  EMFILE: {
    code: 'io.too-many-files',
    explain: (path) =>
      `${path}: too many files are open. Raise the limit (ulimit -n) or open fewer data sets at once.`,
  },
  EIO: {
    code: 'io.device',
    explain: (path) =>
      `${path}: the device reports an input/output error. Check the disk, or copy the file elsewhere.`,
  },
}

/**
 * Turns an error of the file system into a `PureGalaxyError` that names the file and what to do
 * (`io.no-space`, `io.permission`, `io.read-only`, `io.not-found` …; `io.system` with the system's own words for rare
 * ones). Any other error is returned as it is.
 *
 * @param path the file or folder that a person knows, not the temporary name that failed
 * @example
 *   try { await readFile(path) } catch (error) { throw fileError(error, path) }
 */
export function fileError(error: unknown, path: string): unknown {
  if (error instanceof PureGalaxyError || !(error instanceof Error)) return error
  const { code, errno, syscall } = error as NodeJS.ErrnoException
  const known = code === undefined ? undefined : EXPLANATIONS[code]
  if (known !== undefined) return new PureGalaxyError(known.code, known.explain(path), { cause: error })
  if (code === undefined || errno === undefined || syscall === undefined) return error
  // Node's message: `ESTALE: stale file handle, open '/data/a.h5'`.
  const words = error.message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+( '.*)?$/s, '')
  return new PureGalaxyError(
    'io.system',
    `${path}: the system says "${words}" (${code}, ${syscall}). Check the path and the disk.`,
    { cause: error },
  )
}
