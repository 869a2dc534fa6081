import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { gnuTarXz } from '../io/tar/archives.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { runProcess } from './run-cli.ts'

// Packages are loaded differently by Node itself than by the test runner, so what only one command loads is tried built.
it('reads a .tar.xz when built', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'foreign.tar.xz')
  writeFileSync(path, gnuTarXz())
  const { code, err } = await runProcess(['inspect', path], {
    env: { PUREGALAXY_CACHE: join(folder, 'cache') },
  })
  expect(err).not.toMatch(/internal error/)
  expect(err).toMatch(/foreign\.tar\.xz/)
  expect(code).toBe(1)
})
