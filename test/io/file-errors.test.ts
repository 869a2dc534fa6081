import { expect, it } from 'vitest'
import { PureGalaxyError } from '../../src/errors.ts'
import { fileError } from '../../src/io/file-errors.ts'

it('gives the system’s own words for an error that is rare', () => {
  const stale = Object.assign(new Error("ESTALE: stale file handle, open '/net/.a.h5.tmp'"), {
    code: 'ESTALE',
    errno: -116,
    syscall: 'open',
  })
  const error = fileError(stale, '/net/a.h5')
  expect(error).toBeInstanceOf(PureGalaxyError)
  expect(error).toMatchObject({
    code: 'io.system',
    message: '/net/a.h5: the system says "stale file handle" (ESTALE, open). Check the path and the disk.',
  })
})

it('leaves errors that are none of the file system as they are', () => {
  const aborted = new DOMException('This operation was aborted', 'AbortError')
  const bug = new TypeError('x is not a function')
  expect(fileError(aborted, 'a')).toBe(aborted)
  expect(fileError(bug, 'a')).toBe(bug)
})
