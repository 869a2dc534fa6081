import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { compileAddon } from '../../../src/engine/install/compile-addon.ts'
import { writeFileList } from '../../../src/engine/install/file-list.ts'
import { installNpmPackages, unpackNpmPackages } from '../../../src/engine/install/npm-packages.ts'
import { thisMachine } from '../../../src/engine/install/packages.ts'
import { allVersions, installTensorFlow } from '../../../src/engine/install/tensorflow.ts'
import { tensorFlowWheels } from '../../../src/engine/install/tensorflow-packages.ts'
import { touch } from './fake-installations.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'install-tensorflow-'))
  vi.stubEnv('PUREGALAXY_CACHE', join(folder, 'cache'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** A program of the user's machine that answers as told. */
function program(name: string, script: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

describe.skipIf(process.platform !== 'linux')('installing TensorFlow, on Linux', () => {
  it('asks for a compiler before it fetches anything', async () => {
    vi.stubEnv('CXX', join(folder, 'no-such-compiler'))
    await expect(installTensorFlow('tensorflow')).rejects.toMatchObject({
      code: 'engine.no-compiler',
      message: expect.stringMatching(/no-such-compiler.*apt install g\+\+/s),
    })
  })

  it('asks for npm before it fetches anything', async () => {
    vi.stubEnv('CXX', program('g++', 'exit 0'))
    vi.stubEnv('PATH', folder)
    await expect(installTensorFlow('tensorflow')).rejects.toMatchObject({ code: 'engine.no-npm' })
  })

  it('refuses a folder for --from that is not there', async () => {
    await expect(installTensorFlow('tensorflow', { from: join(folder, 'nothing') })).rejects.toMatchObject({
      code: 'engine.from',
    })
  })

  it('leaves nothing behind when it fails', async () => {
    vi.stubEnv('CXX', program('g++', 'exit 0'))
    program(
      'python3',
      'case "$*" in *--version*) echo "pip 25.0 from here";; *) echo "No space left on device"; exit 1;; esac',
    )
    vi.stubEnv('PUREGALAXY_PYTHON', join(folder, 'python3'))
    const from = join(folder, 'packages')
    mkdirSync(from)
    await expect(installTensorFlow('tensorflow', { from })).rejects.toMatchObject({
      code: 'engine.disk-full',
    })
    expect(existsSync(join(folder, 'cache', 'engines', 'tensorflow'))).toBe(false)
  })

  it('installs again where files of the installation are missing, and else throws what its test throws', async () => {
    const wheels = tensorFlowWheels('tensorflow', thisMachine()!)!
    const packages = allVersions(wheels)
    const installed = join(folder, 'cache', 'engines', 'tensorflow')
    touch(installed, wheels.library, 'python/tensorflow/other.so')
    const manifest = { name: 'tensorflow', packages, library: wheels.library, installed: '' }
    writeFileSync(join(installed, 'manifest.json'), JSON.stringify(manifest))
    await writeFileList(installed)
    vi.stubEnv('CXX', join(folder, 'no-such-compiler'))
    const verify = () => Promise.reject(new Error('the GPU is busy'))
    await expect(installTensorFlow('tensorflow', { verify })).rejects.toThrow('the GPU is busy')
    rmSync(join(installed, 'python/tensorflow/other.so'))
    const said: string[] = []
    const onProgress = (message: string) => void said.push(message)
    await expect(installTensorFlow('tensorflow', { verify, onProgress })).rejects.toMatchObject({
      code: 'engine.no-compiler',
    })
    expect(said).toEqual([expect.stringMatching(/other\.so is missing; installing again/)])
  })

  it('gives the compiler’s own first error', async () => {
    vi.stubEnv('CXX', program('g++', 'echo "tfjs_backend.cc:3: error: no such header" >&2; exit 1'))
    const sources = { npmPackage: folder, nodeHeaders: folder, tensorflow: folder }
    await expect(compileAddon(join(folder, 'lib', 'addon.node'), sources)).rejects.toMatchObject({
      code: 'engine.compile-failed',
      message: expect.stringContaining('error: no such header'),
    })
  })

  it('refuses packages of npm that are not the pinned ones', async () => {
    const lock = { packages: { 'node_modules/some': { version: '1.0.0', integrity: 'sha512-other' } } }
    const script = `mkdir -p node_modules; echo '${JSON.stringify(lock)}' > node_modules/.package-lock.json`
    program('npm', script)
    for (const tool of ['mkdir', 'sh']) symlinkSync(`/bin/${tool}`, join(folder, tool))
    vi.stubEnv('PATH', folder)
    await expect(
      installNpmPackages(folder, { some: { version: '1.0.0', integrity: 'sha512-pinned' } }, undefined),
    ).rejects.toMatchObject({ code: 'engine.hash' })
  })

  it('says that npm cannot reach its registry, and what else there is', async () => {
    program('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1')
    vi.stubEnv('PATH', folder)
    await expect(installNpmPackages(folder, {}, undefined)).rejects.toMatchObject({
      code: 'engine.no-network',
      message: expect.stringMatching(/--download-only/),
    })
  })

  it('says that a folder for --from is not whole', async () => {
    await expect(
      unpackNpmPackages(join(folder, 'missing.tar.gz'), folder, {}, undefined),
    ).rejects.toMatchObject({ code: 'engine.from', message: expect.stringMatching(/missing\.tar\.gz/) })
  })

  it('stops when it is told to', async () => {
    vi.stubEnv('CXX', program('g++', 'exec sleep 30'))
    const signal = AbortSignal.timeout(200)
    await expect(installTensorFlow('tensorflow', { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
