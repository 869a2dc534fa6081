import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { PackageSet } from '../../../src/engine/install/packages.ts'

const root = mkdtempSync(join(tmpdir(), 'puregalaxy-engines-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A new folder, removed when the tests of the file are done. */
export const temporaryFolder = (): string => mkdtempSync(join(root, 'folder-'))

/** The header of a shared library for this machine, with nothing to be loaded. */
export const FAKE_LIBRARY: Buffer = (() => {
  const header = Buffer.alloc(64)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeUInt16LE(process.arch === 'arm64' ? 183 : 62, 18)
  return header
})()

/** Writes files that look like libraries, with the folders above them. */
export function touch(root: string, ...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), FAKE_LIBRARY)
  }
}

/** A stand-in for `python3`: a shell script. */
export function fakePython(folder: string, script: string): string {
  const path = join(folder, 'python3')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

/** Whether a Python with pip is there, without which nothing can be installed. */
export function hasPip(): boolean {
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const WHEEL = `
import sys, zipfile
path, name, version, library, content = sys.argv[1:]
info = f'{name}-{version}.dist-info'
with zipfile.ZipFile(path, 'w') as wheel:
    wheel.writestr(library, bytes.fromhex(content))
    wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')
    wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: py3-none-any\\n')
    wheel.writestr(f'{info}/RECORD', '')
`

/** Builds a wheel in a folder and the set of packages that pins it. */
export function localWheel(folder: string, version = '1.0', library = 'fake_pjrt/plugin.so'): PackageSet {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `fake_pjrt-${version}-py3-none-any.whl`)
  execFileSync('python3', ['-c', WHEEL, path, 'fake_pjrt', version, library, FAKE_LIBRARY.toString('hex')])
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
  return { packages: [{ name: 'fake-pjrt', version, sha256: { x64: sha256 } }], library, megabytes: 1 }
}

/** A stand-in for a Python whose pip fails with these words. */
export const pythonWithPip = (words: string): string =>
  fakePython(
    temporaryFolder(),
    `case "$*" in *--version*) echo 'pip 24.0 from /x (python 3.12)';; *) echo '${words}' >&2; exit 1;; esac`,
  )
