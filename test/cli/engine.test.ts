import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fakePython } from '../engine/install/fake-installations.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { type CliResult, runInProcess, runProcess } from './run-cli.ts'

/** Runs `puregalaxy engine …` as a process of its own with a cache folder of its own. */
function engine(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return runProcess(['engine', ...args], { env: { PUREGALAXY_CACHE: temporaryFolder(), ...env } })
}

const emptyFolder = (): string => {
  const folder = join(temporaryFolder(), 'empty')
  mkdirSync(folder)
  return folder
}

describe.skipIf(process.platform !== 'linux')('engine install', () => {
  it('refuses names that it does not know and options that do not go together', async () => {
    for (const args of [
      ['install', 'xla-gpu'],
      ['install', 'xla-cpu', '--from', 'a', '--download-only', 'b'],
      ['install', 'xla-cpu', '--machine', 'linux-arm64'],
      ['remove', 'xla'],
    ]) {
      const { code, err } = await runInProcess(['engine', ...args])
      expect(code, args.join(' ')).toBe(2)
      expect(err).toMatch(/^error: /)
    }
  })

  it('says what to do where there is no Python', async () => {
    const env = { PATH: emptyFolder(), VIRTUAL_ENV: '', PUREGALAXY_PYTHON: '' }
    const { code, out, err } = await engine(['install', 'xla-cpu', '--json'], env)
    expect(code).toBe(1)
    expect(JSON.parse(out)).toEqual({
      error: { code: 'engine.no-python', message: expect.stringMatching(/apt install python3-pip.*--from/) },
    })
    expect(err).not.toMatch(/^\s+at /m)
  })

  it('says so where a program that is no Python unpacks nothing', async () => {
    const { code, err } = await engine(['install', 'xla-cpu'], { PUREGALAXY_PYTHON: '/bin/true' })
    expect(code).toBe(1)
    expect(err).toMatch(/error: \/bin\/true -m pip says that it is done.*or set PUREGALAXY_PYTHON/)
  })

  it('says what is wrong with a folder that --download-only did not fill', async () => {
    const { code, err } = await engine(['install', 'xla-cpu', '--from', emptyFolder()])
    expect(code).toBe(1)
    expect(err).toMatch(/error: pip finds no \S+==\S+ that fits this machine.*--download-only/)
  })

  it('says so where the cache folder cannot be written', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    const { code, err } = await engine(['install', 'xla-cpu'], { PUREGALAXY_CACHE: join(file, 'cache') })
    expect(code).toBe(1)
    expect(err).toMatch(/error: .*file\/cache\/engines cannot be written.*Set PUREGALAXY_CACHE/)
  })

  it('leaves nothing under the final name when killed, and cleans up the next time', async () => {
    const folder = temporaryFolder()
    const cache = join(folder, 'cache')
    const engines = join(cache, 'engines')
    const slow = fakePython(folder, "echo 'Installing collected packages: a'; exec sleep 20")
    const killed = await runProcess(['engine', 'install', 'xla-cpu'], {
      env: { PUREGALAXY_CACHE: cache, PUREGALAXY_PYTHON: slow },
      onErr: (err, kill) => {
        if (err.includes('unpacking')) kill('SIGKILL')
      },
    })
    expect(killed.code).toBeNull()
    expect(readdirSync(engines)).toEqual([expect.stringMatching(/^\.xla-cpu\.\d+\.staging$/)])
    const again = await engine(['install', 'xla-cpu', '--from', emptyFolder()], { PUREGALAXY_CACHE: cache })
    expect(again.code).toBe(1)
    expect(readdirSync(engines)).toEqual([])
  })

  it('ends at Ctrl-C with exit code 130 and nothing left', async () => {
    const folder = temporaryFolder()
    const cache = join(folder, 'cache')
    const slow = fakePython(folder, "echo 'Installing collected packages: a'; exec sleep 20")
    const { code, err } = await runProcess(['engine', 'install', 'xla-cpu'], {
      env: { PUREGALAXY_CACHE: cache, PUREGALAXY_PYTHON: slow },
      onErr: (text, kill) => {
        if (text.includes('unpacking') && !text.includes('interrupt')) kill('SIGINT')
      },
    })
    expect(err).toContain('interrupted')
    expect(code).toBe(130)
    expect(readdirSync(join(cache, 'engines'))).toEqual([])
  })
})

describe('engine remove', () => {
  it('removes an installation, and says so where there is none', async () => {
    const cache = temporaryFolder()
    const folder = join(cache, 'engines', 'xla-cpu')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'plugin.so'), '')
    const removed = await engine(['remove', 'xla-cpu', '--json'], { PUREGALAXY_CACHE: cache })
    expect(JSON.parse(removed.out)).toEqual({ name: 'xla-cpu', status: 'removed', folder })
    expect(existsSync(folder)).toBe(false)
    const again = await engine(['remove', 'xla-cpu'], { PUREGALAXY_CACHE: cache })
    expect(again.code).toBe(1)
    expect(again.err).toMatch(/error: xla-cpu is not installed/)
  })
})

describe('engine list', () => {
  it('tells version and memory of what is available, and the command that installs the rest', async () => {
    const { code, out } = await engine(['list', '--json'], { PUREGALAXY_PJRT_PLUGIN: '' })
    expect(code).toBe(0)
    const engines: { name: string }[] = JSON.parse(out)
    const named = (name: string) => engines.find((line) => line.name === name)
    expect(named('cpu')).toEqual({
      name: 'cpu',
      available: true,
      reason: null,
      devices: ['TensorFlow.js cpu, 1 thread'],
      training: true,
      version: expect.stringMatching(/^4\./),
      memory: [expect.any(Number)],
      plugin: null,
      advice: null,
    })
    expect(named('xla')).toMatchObject({ name: 'xla' })
  })

  it('says what is wrong with a plugin that is none', async () => {
    const path = join(temporaryFolder(), 'plugin.so')
    writeFileSync(path, 'a text')
    const { code, out } = await engine(['list'], { PUREGALAXY_PJRT_PLUGIN: path })
    expect(code).toBe(0)
    expect(out).toMatch(/^xla +no/m)
    expect(out).toMatch(/^xla: \S/m)
  })
})

describe('engine test', () => {
  it('holds an engine to the reference', async () => {
    const { code, out } = await engine(['test', 'onnx', '--json'])
    expect(code).toBe(0)
    const { engine: name, largestError } = JSON.parse(out)
    expect(name).toBe('onnx')
    expect(largestError).toBeLessThan(1e-5)
  })
})

describe('engine bench', () => {
  it('measures training and inference of the engines named', async () => {
    const { code, out } = await engine(
      ['bench', 'onnx', 'wasm', '--size', '8', '--batch', '4', '--threads', '1', '--json'],
      {},
    )
    expect(code).toBe(0)
    const speed = {
      seconds: expect.any(Number),
      imagesPerSecond: expect.any(Number),
      preparation: expect.any(Number),
      runs: expect.any(Number),
    }
    expect(JSON.parse(out)).toEqual({
      model: 'pure20',
      size: 8,
      batch: 4,
      threads: 1,
      engines: [
        { engine: 'onnx', devices: expect.any(Array), training: speed, inference: speed, error: null },
        { engine: 'wasm', devices: expect.any(Array), training: null, inference: speed, error: null },
      ],
    })
  })
})
