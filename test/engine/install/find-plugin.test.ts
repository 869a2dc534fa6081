import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InstallableName } from '../../../src/engine/install/installation.ts'
import { findPlugin } from '../../../src/engine/xla/find-plugin.ts'
import {
  type Accelerators,
  driverVersion,
  platformOfPath,
  usablePlatforms,
} from '../../../src/engine/xla/plugin-platform.ts'
import { FAKE_LIBRARY, fakePython, temporaryFolder, touch } from './fake-installations.ts'

const NOTHING: Accelerators = { nvidiaDriver: null, amd: false }
const NVIDIA: Accelerators = { nvidiaDriver: 580, amd: false }

describe('findPlugin', () => {
  const before = process.env.PUREGALAXY_CACHE
  let cache: string

  beforeEach(() => {
    cache = temporaryFolder()
    process.env.PUREGALAXY_CACHE = cache
  })
  afterEach(() => {
    if (before === undefined) delete process.env.PUREGALAXY_CACHE
    else process.env.PUREGALAXY_CACHE = before
  })

  function install(name: InstallableName, library: string, packages: Record<string, string>): string {
    const folder = join(cache, 'engines', name)
    touch(folder, library)
    const manifest = { name, packages, library, installed: '2026-01-01T00:00:00Z' }
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
    return folder
  }

  /** A Python whose site-packages hold JAX's CUDA plugins of both versions. */
  function jaxPython(): { env: NodeJS.ProcessEnv; site: string } {
    const root = temporaryFolder()
    const site = join(root, 'site-packages')
    touch(
      site,
      'jax_plugins/xla_cuda13/xla_cuda_plugin.so',
      'jax_plugins/xla_cuda12/xla_cuda_plugin.so',
      'jax_cuda13_pjrt-0.12.0.dist-info/METADATA',
      'nvidia/cu13/lib/libcudart.so.13',
      'nvidia/cu13/lib/libcublas.so.13',
      'nvidia/cu13/lib/libcublasLt.so.13',
      'nvidia/cu13/lib/libnvrtc-builtins.so.13.3',
      'nvidia/cuda_runtime/lib/libcudart.so.12',
      'nvidia/cudnn/lib/libcudnn.so.9',
      'nvidia/cudnn/lib/libcudnn_ops.so.9',
    )
    return { env: { PUREGALAXY_PYTHON: fakePython(root, `echo '${root}/lib:${site}'`) }, site }
  }

  it('takes the file that PUREGALAXY_PJRT_PLUGIN names before anything else', async () => {
    install('xla-cpu', 'a_pjrt/cpu.so', { 'a-pjrt': '1.0' })
    const root = temporaryFolder()
    touch(root, 'plugin.so')
    const path = join(root, 'plugin.so')
    const found = await findPlugin(undefined, {
      env: { PUREGALAXY_PJRT_PLUGIN: path },
      accelerators: NOTHING,
    })
    expect(found).toEqual({ path, platform: 'other', source: 'environment', version: null, preload: [] })
  })

  it('says so where PUREGALAXY_PJRT_PLUGIN names what is not there, or a folder', async () => {
    const env = { PUREGALAXY_PJRT_PLUGIN: '/nowhere/plugin.so' }
    expect(await findPlugin(undefined, { env })).toEqual({
      reason: expect.stringMatching(/\/nowhere\/plugin\.so, which does not exist.*unset it/),
    })
    expect(await findPlugin(undefined, { env: { PUREGALAXY_PJRT_PLUGIN: cache } })).toEqual({
      reason: expect.stringContaining('which is not a file'),
    })
  })

  it.skipIf(process.platform !== 'linux')(
    'loads no library that is none, of another processor, or cut off: the last would end the process',
    async () => {
      const path = join(cache, 'plugin.so')
      const text = Buffer.from('not a library, but long enough to hold the header of one: 64 bytes')
      const foreign = Buffer.from(FAKE_LIBRARY)
      foreign.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18)
      // One segment of 4096 bytes, described right behind the header, and nothing behind that.
      const short = Buffer.concat([FAKE_LIBRARY, Buffer.alloc(56)])
      short.writeBigUInt64LE(64n, 32)
      short.writeUInt16LE(56, 54)
      short.writeUInt16LE(1, 56)
      short.writeUInt32LE(1, 64)
      short.writeBigUInt64LE(4096n, 64 + 32)
      for (const [content, reason] of [
        [text, 'is no shared library'],
        [foreign, `and this is ${process.arch}`],
        [short, 'is cut off: it ends after 120 of 4096 bytes'],
        [short.subarray(0, 90), 'is cut off'],
      ] as const) {
        writeFileSync(path, content)
        const found = await findPlugin(undefined, { env: { PUREGALAXY_PJRT_PLUGIN: path } })
        expect(found).toEqual({ reason: expect.stringContaining(reason) })
      }
      writeFileSync(join(install('xla-cpu', 'a/cpu.so', {}), 'a/cpu.so'), short)
      expect(await findPlugin('cpu', { env: {}, accelerators: NOTHING })).toEqual({
        reason: expect.stringMatching(/is cut off.*engine install xla-cpu again/),
      })
    },
  )

  it('finds the libraries of a CUDA plugin that the environment names', async () => {
    const { site } = jaxPython()
    const env = { PUREGALAXY_PJRT_PLUGIN: join(site, 'jax_plugins/xla_cuda13/xla_cuda_plugin.so') }
    expect(await findPlugin(undefined, { env })).toMatchObject({
      platform: 'cuda13',
      preload: [
        join(site, 'nvidia/cu13/lib/libcudart.so.13'),
        join(site, 'nvidia/cu13/lib/libcublasLt.so.13'),
        join(site, 'nvidia/cu13/lib/libcublas.so.13'),
        join(site, 'nvidia/cudnn/lib/libcudnn.so.9'),
      ],
    })
  })

  it('takes our own installation, with the version of its package', async () => {
    const folder = install('xla-cpu', 'a_pjrt/cpu.so', { 'a-pjrt-cpu': '1.2' })
    expect(await findPlugin(undefined, { env: {}, accelerators: NOTHING })).toEqual({
      path: join(folder, 'a_pjrt/cpu.so'),
      platform: 'cpu',
      source: 'installed',
      version: '1.2',
      preload: [],
    })
  })

  it('passes over an installation whose manifest is missing, damaged or points elsewhere', async () => {
    const folder = install('xla-cpu', 'a/cpu.so', {})
    const search = { env: {}, accelerators: NOTHING }
    for (const manifest of [
      '{"name":',
      '{"name":"xla-cpu","packages":{},"library":"../../x.so"}',
      '{"name":"xla-rocm"}',
      '{"name":"xla-cpu","library":"x.so"}',
    ]) {
      writeFileSync(join(folder, 'manifest.json'), manifest)
      expect(await findPlugin('cpu', search)).toHaveProperty('reason')
    }
  })

  it('finds the CUDA plugin of a JAX installation where there is an NVIDIA driver', async () => {
    const { env, site } = jaxPython()
    install('xla-cpu', 'a/cpu.so', {})
    expect(await findPlugin(undefined, { env, accelerators: NVIDIA })).toMatchObject({
      path: join(site, 'jax_plugins/xla_cuda13/xla_cuda_plugin.so'),
      platform: 'cuda13',
      source: 'jax',
      version: '0.12.0',
    })
  })

  it('takes CUDA 12 with a driver that is too old for CUDA 13, and its own libraries', async () => {
    const { env, site } = jaxPython()
    const found = await findPlugin(undefined, { env, accelerators: { nvidiaDriver: 550, amd: false } })
    expect(found).toMatchObject({
      platform: 'cuda12',
      version: null,
      preload: [
        join(site, 'nvidia/cuda_runtime/lib/libcudart.so.12'),
        join(site, 'nvidia/cudnn/lib/libcudnn.so.9'),
      ],
    })
  })

  it('asks no Python where there is no accelerator, unless one is wanted by name', async () => {
    const root = temporaryFolder()
    const env = { PUREGALAXY_PYTHON: fakePython(root, `touch '${root}/asked'`) }
    expect(await findPlugin(undefined, { env, accelerators: NOTHING })).toEqual({
      reason: expect.stringContaining('puregalaxy engine install xla-cpu'),
    })
    expect(existsSync(join(root, 'asked'))).toBe(false)
    await findPlugin('cuda13', { env, accelerators: NOTHING })
    expect(existsSync(join(root, 'asked'))).toBe(true)
  })

  it('falls back to the CPU beside an accelerator without plugin, and survives a Python that fails', async () => {
    const env = { PUREGALAXY_PYTHON: fakePython(temporaryFolder(), 'echo broken >&2; exit 3') }
    const search = { env, accelerators: NVIDIA }
    const reason = {
      reason: expect.stringContaining('engine install xla-cuda13 or, without the accelerator'),
    }
    expect(await findPlugin(undefined, search)).toEqual(reason)
    install('xla-cpu', 'a/cpu.so', {})
    expect(await findPlugin(undefined, search)).toMatchObject({ platform: 'cpu' })
    expect(await findPlugin('cuda13', search)).toHaveProperty('reason')
  })
})

describe('platforms', () => {
  it('are those that the drivers allow, accelerators first', () => {
    expect(usablePlatforms(NOTHING)).toEqual(['cpu'])
    expect(usablePlatforms(NVIDIA)).toEqual(['cuda13', 'cuda12', 'cpu'])
    expect(usablePlatforms({ nvidiaDriver: 0, amd: true })).toEqual(['cuda13', 'cuda12', 'rocm', 'cpu'])
    expect(usablePlatforms({ nvidiaDriver: 470, amd: false })).toEqual(['cpu'])
  })

  it('are chosen by the version that either of NVIDIA’s drivers writes', () => {
    const build = 'x86_64  570.86.15  Release Build  (dvs-builder@U16-I3)'
    expect(
      driverVersion(`NVRM version: NVIDIA UNIX Open Kernel Module for ${build}\nGCC version: 12.2.0`),
    ).toBe(570)
    expect(driverVersion('NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27')).toBe(580)
    expect(driverVersion('')).toBe(0)
  })

  it('are told from the path of a plugin', () => {
    expect(platformOfPath('/x/jax_plugins/xla_rocm7/xla_rocm_plugin.so')).toBe('rocm')
    expect(platformOfPath('/x/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so')).toBe('cpu')
    expect(platformOfPath('/home/cpu/cuda13/deep/folder/libtpu.so')).toBe('other')
  })
})
