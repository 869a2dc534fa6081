import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkDriver } from '../../../src/engine/install/check-driver.ts'
import { writeFileList } from '../../../src/engine/install/file-list.ts'
import {
  downloadPlugin,
  installPlugin,
  installSet,
  versionsOf,
} from '../../../src/engine/install/install-plugin.ts'
import { MACHINES, readInstallation } from '../../../src/engine/install/installation.ts'
import { type PluginInstallation, packageSet, thisMachine } from '../../../src/engine/install/packages.ts'
import { inStaging, removeInstallation } from '../../../src/engine/install/staging.ts'
import { findPlugin } from '../../../src/engine/xla/find-plugin.ts'
import {
  FAKE_LIBRARY,
  fakePython,
  hasPip,
  localWheel,
  pythonWithPip,
  temporaryFolder,
  touch,
} from './fake-installations.ts'

const pip = hasPip()
const unlessPip = pip ? '' : ' (skipped: no python3 with pip)'
/** A process identifier that no system gives: Linux ends at 2^22. */
const NOBODY = 2 ** 30

describe('installing', () => {
  let cache: string
  let engines: string

  beforeEach(() => {
    cache = temporaryFolder()
    engines = join(cache, 'engines')
    vi.stubEnv('PUREGALAXY_CACHE', cache)
    vi.stubEnv('PUREGALAXY_PJRT_PLUGIN', '')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const wheels = () => temporaryFolder()
  const folders = () => (existsSync(engines) ? readdirSync(engines) : [])

  describe.skipIf(!pip)(`through pip${unlessPip}`, () => {
    it('unpacks the wheels of a folder, tries them, and leaves a manifest that discovery reads', async () => {
      const from = wheels()
      const set = localWheel(from)
      const said: string[] = []
      let tried = ''
      const installation = await installSet('xla-cpu', set, {
        from,
        onProgress: (message) => said.push(message),
        verify: async (library) => {
          tried = library
          expect(readFileSync(library)).toEqual(FAKE_LIBRARY)
          expect(await readInstallation('xla-cpu')).toBeNull()
        },
      })
      expect(tried).toContain('.staging')
      expect(folders()).toEqual(['xla-cpu'])
      expect(said).toContain('unpacking')
      expect(await readInstallation('xla-cpu')).toEqual(installation)
      expect(installation).toMatchObject({ packages: { 'fake-pjrt': '1.0' }, library: set.library })
      expect(await findPlugin('cpu')).toMatchObject({
        path: join(engines, 'xla-cpu', 'fake_pjrt/plugin.so'),
        version: '1.0',
      })
      expect(await removeInstallation('xla-cpu')).toBe(true)
      expect(folders()).toEqual([])
      expect(await removeInstallation('xla-cpu')).toBe(false)
    })

    it('replaces another version, and what killed installations left', async () => {
      const from = wheels()
      await installSet('xla-cpu', localWheel(from, '1.0'), { from })
      const left = join(engines, `.xla-cpu.${NOBODY}.staging`)
      mkdirSync(left)
      writeFileSync(join(left, 'half'), '')
      await installSet('xla-cpu', localWheel(from, '2.0'), { from })
      expect(folders()).toEqual(['xla-cpu'])
      expect((await readInstallation('xla-cpu'))?.packages).toEqual({ 'fake-pjrt': '2.0' })
    })

    it('keeps what was there where the new one does not work', async () => {
      const from = wheels()
      await installSet('xla-cpu', localWheel(from, '1.0'), { from })
      const verify = async () => {
        throw new Error('it does not start')
      }
      await expect(installSet('xla-cpu', localWheel(from, '2.0'), { from, verify })).rejects.toThrow(
        'it does not start',
      )
      expect(folders()).toEqual(['xla-cpu'])
      expect((await readInstallation('xla-cpu'))?.packages).toEqual({ 'fake-pjrt': '1.0' })
    })

    it('refuses a wheel with another hash than the pinned one', async () => {
      const from = wheels()
      const set = localWheel(from)
      const [wheel] = set.packages
      const other = { ...set, packages: [{ ...wheel!, sha256: { x64: '0'.repeat(64) } }] }
      const install = installSet('xla-cpu', other, { from })
      await expect(install).rejects.toMatchObject({ code: 'engine.hash' })
      await expect(install).rejects.toThrow(/package of the folder.*hash differs.*Copy the folder again/)
      expect(folders()).toEqual([])
    })

    it('says what is missing in a folder without the wheel, and that a file is no folder', async () => {
      const set = localWheel(wheels())
      await expect(installSet('xla-cpu', set, { from: wheels() })).rejects.toMatchObject({
        code: 'engine.no-wheel',
        message: expect.stringContaining('fake-pjrt==1.0'),
      })
      const from = join(cache, 'nowhere')
      await expect(installSet('xla-cpu', set, { from })).rejects.toMatchObject({ code: 'engine.from' })
      expect(folders()).toEqual([])
    })

    it('says so where the packages lack the plugin', async () => {
      const from = wheels()
      const set = { ...localWheel(from), library: 'elsewhere/plugin.so' }
      await expect(installSet('xla-cpu', set, { from })).rejects.toMatchObject({ code: 'engine.no-plugin' })
      expect(folders()).toEqual([])
    })

    it('stops when told to, and leaves nothing', async () => {
      const from = wheels()
      const controller = new AbortController()
      const onProgress = () => controller.abort(new Error('enough'))
      const { signal } = controller
      await expect(installSet('xla-cpu', localWheel(from), { from, signal, onProgress })).rejects.toThrow(
        'enough',
      )
      expect(folders()).toEqual([])
    })
  })

  it.each([
    [
      'engine.disk-full',
      'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    ],
    [
      'engine.no-network',
      'WARNING: Retrying: NewConnectionError: Temporary failure in name resolution\nERROR: No matching distribution found for a==1',
    ],
    ['engine.no-wheel', 'ERROR: No matching distribution found for a==1'],
    ['engine.not-writable', 'ERROR: [Errno 13] Permission denied: /x'],
    ['engine.pip-failed', 'ERROR: something new'],
  ])('makes %s of what pip says, with the next step', async (code, words) => {
    vi.stubEnv('PUREGALAXY_PYTHON', pythonWithPip(words))
    await expect(installSet('xla-cpu', pinned(), {})).rejects.toMatchObject({ code })
    expect(folders()).toEqual([])
  })

  it('says what is wrong with Python: not there, without pip, with a pip that is too old', async () => {
    vi.stubEnv('PUREGALAXY_PYTHON', join(cache, 'python3'))
    await expect(installSet('xla-cpu', pinned(), {})).rejects.toMatchObject({
      code: 'engine.no-python',
      message: expect.stringContaining('--download-only'),
    })
    for (const [code, script] of [
      ['engine.no-pip', 'echo "No module named pip" >&2; exit 1'],
      [
        'engine.old-pip',
        'case "$*" in *--version*) echo "pip 9.0.1 from /x (python 3.6)";; *) exit 2;; esac',
      ],
    ] as const) {
      vi.stubEnv('PUREGALAXY_PYTHON', fakePython(temporaryFolder(), script))
      await expect(installSet('xla-cpu', pinned(), {})).rejects.toMatchObject({ code })
    }
    expect(folders()).toEqual([])
  })

  it('looks for room before anything is fetched', async () => {
    const set = { ...pinned(), megabytes: 1e12 }
    await expect(installSet('xla-cpu', set, {})).rejects.toMatchObject({
      code: 'engine.disk-full',
      message: expect.stringContaining('PUREGALAXY_CACHE'),
    })
    expect(folders()).toEqual([])
  })

  it('says so where the cache folder or the folder of downloads cannot be made', async () => {
    const file = join(cache, 'file')
    writeFileSync(file, '')
    const refused = { code: 'engine.not-writable' }
    await expect(downloadPlugin('xla-cpu', join(file, 'wheels'))).rejects.toMatchObject(refused)
    vi.stubEnv('PUREGALAXY_CACHE', join(file, 'cache'))
    await expect(installSet('xla-cpu', pinned(), {})).rejects.toMatchObject(refused)
  })

  it.skipIf(thisMachine() === undefined)(
    'takes what is there where it has the pinned versions and its files, and throws what its test throws',
    async () => {
      const { library, ...set } = packageSet('xla-cpu', thisMachine()!)!
      const packages = versionsOf({ library, ...set })
      const folder = join(engines, 'xla-cpu')
      touch(folder, library, 'other/file')
      const manifest = { name: 'xla-cpu', packages, library, installed: '2026-01-01T00:00:00Z' }
      writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
      vi.stubEnv('PUREGALAXY_PYTHON', join(cache, 'python3'))
      const tried: unknown[] = []
      const verify = async (path: string, installed: boolean) => void tried.push(path, installed)
      const fails = () => Promise.reject(new Error('the GPU is busy'))
      const again = () => installPlugin('xla-cpu', { verify: fails })
      expect(await installPlugin('xla-cpu', { verify })).toMatchObject({ packages, existed: true })
      expect(tried).toEqual([join(folder, library), true])
      await expect(again()).rejects.toThrow('the GPU is busy')
      // Python is asked where something has to be fetched.
      const installs = { code: 'engine.no-python' }
      await writeFileList(folder)
      await expect(again()).rejects.toThrow('the GPU is busy')
      writeFileSync(join(folder, 'other/file'), 'cut off')
      await expect(again()).rejects.toMatchObject(installs)
      rmSync(join(folder, 'files.json'))
      rmSync(join(folder, library))
      await expect(installPlugin('xla-cpu')).rejects.toMatchObject(installs)
      expect(folders()).toEqual(['xla-cpu'])
    },
  )

  it('gives a replaced installation its name back where the new one never got it', async () => {
    mkdirSync(join(engines, `.xla-cpu.${NOBODY}.staging.old`), { recursive: true })
    mkdirSync(join(engines, `.xla-cpu.${NOBODY}.staging`))
    await expect(inStaging('xla-cpu', 1, () => Promise.reject(new Error('enough')))).rejects.toThrow('enough')
    expect(folders()).toEqual(['xla-cpu'])
  })

  it('keeps the old installation where the new one cannot get its name', async () => {
    touch(join(engines, 'xla-cpu'), 'old.so')
    const vanishes = (folder: string) => rm(folder, { recursive: true })
    await expect(inStaging('xla-cpu', 1, vanishes)).rejects.toMatchObject({ code: 'engine.not-writable' })
    expect(existsSync(join(engines, 'xla-cpu', 'old.so'))).toBe(true)
    expect(folders()).toEqual(['xla-cpu'])
  })

  it('says for which machines there is a plugin where there is none', async () => {
    await expect(downloadPlugin('xla-rocm', cache, { machine: 'linux-arm64' })).rejects.toMatchObject({
      code: 'engine.no-package',
      message: expect.stringContaining('linux-x64'),
    })
  })
})

/** A set that only a Python which does nothing is asked for. */
const pinned = () => ({
  packages: [{ name: 'a', version: '1', sha256: { x64: '0'.repeat(64) } }],
  library: 'a.so',
  megabytes: 1,
})

describe('the table of packages', () => {
  const names: PluginInstallation[] = ['xla-cpu', 'xla-cuda13', 'xla-cuda12', 'xla-rocm']

  it.each(names)('pins a hash for every package of %s on every machine that it is for', (name) => {
    const sets = MACHINES.flatMap((machine) => {
      const set = packageSet(name, machine)
      return set === undefined ? [] : [{ processor: machine.slice('linux-'.length) as 'x64' | 'arm64', set }]
    })
    expect(sets.length).toBeGreaterThan(0)
    for (const { processor, set } of sets) {
      const hashes = set.packages.map(({ sha256 }) => sha256[processor])
      for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/)
      expect(new Set(hashes).size).toBe(hashes.length)
    }
  })
})

describe('checkDriver', () => {
  it('lets pass what the driver suits, and what cannot be tried on a machine without one', async () => {
    expect(await checkDriver('xla-cpu', { nvidiaDriver: null, amd: false })).toBeNull()
    expect(await checkDriver('xla-cuda13', { nvidiaDriver: 580, amd: false })).toBeNull()
    expect(await checkDriver('xla-cuda13', { nvidiaDriver: null, amd: true })).toMatch(/^not tested/)
    expect(await checkDriver('xla-rocm', { nvidiaDriver: 580, amd: false })).toMatch(/^not tested/)
  })

  it('refuses a driver that is too old, and names what it suits', async () => {
    await expect(checkDriver('xla-cuda13', { nvidiaDriver: 550, amd: false })).rejects.toMatchObject({
      code: 'engine.driver',
      message: expect.stringContaining('xla-cuda12'),
    })
    await expect(checkDriver('xla-cuda12', { nvidiaDriver: 470, amd: false })).rejects.toMatchObject({
      message: expect.stringContaining('Update the driver'),
    })
  })
})
