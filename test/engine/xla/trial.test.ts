import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listEngines, openEngine } from '../../../src/engine/index.ts'
import { findPlugin } from '../../../src/engine/xla/find-plugin.ts'
import { clientOptions, platformOfName } from '../../../src/engine/xla/plugin-platform.ts'
import { tryPlugin } from '../../../src/engine/xla/trial.ts'
import { PLUGIN_PATH } from './run-text.ts'

const VARIABLES = ['PUREGALAXY_PJRT_PLUGIN', 'PUREGALAXY_CACHE'] as const
const former = VARIABLES.map((name) => [name, process.env[name]] as const)
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trials-'))
  process.env.PUREGALAXY_CACHE = join(folder, 'cache')
})
afterEach(() => {
  for (const [name, value] of former) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  rmSync(folder, { recursive: true })
})

const COMPILER = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0

/** A shared library of a few lines of C, which PUREGALAXY_PJRT_PLUGIN names from now on. */
function pluginOf(code: string): string {
  const [source, library] = [join(folder, 'plugin.c'), join(folder, 'plugin.so')]
  writeFileSync(source, code)
  const { stderr, status } = spawnSync('gcc', ['-shared', '-fPIC', '-o', library, source])
  if (status !== 0) throw new Error(String(stderr))
  process.env.PUREGALAXY_PJRT_PLUGIN = library
  return library
}

describe.skipIf(!COMPILER)('a plugin that ends the process that loads it (skipped without gcc)', () => {
  const abort = '#include <stdlib.h>\n__attribute__((constructor)) static void start() { abort(); }'

  it('is told, by the file and how, and does not end this process', async () => {
    const library = pluginOf(abort)
    const opened = openEngine('xla')
    await expect(opened).rejects.toMatchObject({ code: 'engine.unavailable' })
    await expect(opened).rejects.toThrow(`${library} ends the process that loads it (SIGABRT)`)
  })

  it('leaves the other engines: the list has it with the reason, and auto goes past it', async () => {
    pluginOf(abort)
    const xla = (await listEngines()).find(({ name }) => name === 'xla')
    expect(xla).toMatchObject({ available: false, reason: expect.stringContaining('SIGABRT') })
    const engine = await openEngine('auto')
    expect(engine.name).toBe('onnx')
    await engine.dispose()
  })

  it('may do so when it is asked for its functions, and may say why', async () => {
    pluginOf(
      '#include <stdio.h>\n#include <stdlib.h>\n' +
        'void *GetPjrtApi() { fprintf(stderr, "no such processor\\n"); exit(7); }',
    )
    await expect(openEngine('xla')).rejects.toThrow('(code 7: no such processor)')
  })

  it('is given up when its time is over, however deaf it is, and what it began is not waited for', async () => {
    const library = pluginOf(
      '#include <signal.h>\n#include <unistd.h>\n' +
        '__attribute__((constructor)) static void start() { signal(SIGTERM, SIG_IGN); if (fork() == 0) sleep(20); for (;;) pause(); }',
    )
    const found = await findPlugin()
    if ('reason' in found) throw new Error(found.reason)
    const started = performance.now()
    await expect(tryPlugin(found, 1000)).rejects.toThrow(`${library} did not start within 1 seconds`)
    expect(performance.now() - started).toBeLessThan(10_000)
    // What is known is not found out again.
    await expect(tryPlugin(found)).rejects.toMatchObject({ code: 'engine.unavailable' })
  })

  it('that was ended from outside is not said to be damaged', async () => {
    pluginOf(
      '#include <signal.h>\n#include <unistd.h>\n__attribute__((constructor)) static void start() { kill(getpid(), SIGTERM); pause(); }',
    )
    await expect(openEngine('xla')).rejects.toThrow(/was interrupted \(SIGTERM\)/)
  })

  it('is tried again once it was mended', async () => {
    const library = pluginOf(abort)
    await expect(openEngine('xla')).rejects.toThrow('SIGABRT')
    pluginOf('void *GetPjrtApi() { return 0; }')
    await expect(openEngine('xla')).rejects.toThrow(`${library} is a shared library but no PJRT plugin: its`)
  })
})

describe.skipIf(!PLUGIN_PATH)('a plugin that works (skipped without a plugin)', () => {
  const kept = () => readdirSync(join(folder, 'cache', 'plugins'))

  it('is tried once for each file, by all processes together', async () => {
    const path = join(folder, 'plugin.so')
    symlinkSync(PLUGIN_PATH!, path)
    process.env.PUREGALAXY_PJRT_PLUGIN = path
    const found = await findPlugin()
    if ('reason' in found) throw new Error(found.reason)
    expect(await tryPlugin(found)).toEqual({ platformName: 'cpu' })
    expect(kept()).toHaveLength(1)
    // Another process reads what this one has written.
    writeFileSync(join(folder, 'cache', 'plugins', kept()[0]!), '{"platformName":"of-the-file"}')
    const list = spawnSync(process.execPath, ['dist/cli/main.js', 'engine', 'list', '--json'])
    expect(JSON.parse(String(list.stdout))[1].plugin.platform).toBe('other')
    expect(kept()).toHaveLength(1)
  })

  it('is tried at each start where the cache cannot be written', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    process.env.PUREGALAXY_CACHE = join(file, 'cache')
    process.env.PUREGALAXY_PJRT_PLUGIN = PLUGIN_PATH
    const engine = await openEngine('xla')
    await engine.dispose()
  })

  it('that a variable ends is not said to have been tried without it', async () => {
    const path = join(folder, 'flagged.so')
    symlinkSync(PLUGIN_PATH!, path)
    process.env.PUREGALAXY_PJRT_PLUGIN = path
    await (await openEngine('xla')).dispose()
    vi.stubEnv('XLA_FLAGS', '--no_such_flag=1')
    await expect(openEngine('xla')).rejects.toThrow(/see whether XLA_FLAGS is right/)
    vi.unstubAllEnvs()
  })

  it('is known for a CPU by what it says, wherever it lies', async () => {
    mkdirSync(join(folder, 'a', 'b'), { recursive: true })
    const path = join(folder, 'a', 'b', 'plugin.so')
    symlinkSync(PLUGIN_PATH!, path)
    process.env.PUREGALAXY_PJRT_PLUGIN = path
    const engine = await openEngine('xla', { threads: 1, devices: 2 })
    expect(engine.devices).toEqual(['CPU, 1 thread', 'CPU, 1 thread'])
    await engine.dispose()
  })
})

describe('what a plugin computes on', () => {
  it('is what it says, or what its path says where that says more', () => {
    expect(platformOfName('cpu', 'other')).toBe('cpu')
    expect(platformOfName('cuda', 'cuda13')).toBe('cuda13')
    expect(platformOfName('cuda', 'other')).toBe('cuda')
    expect(platformOfName('tpu', 'cpu')).toBe('other')
    expect(platformOfName(null, 'rocm')).toBe('rocm')
  })

  it('decides whether its memory is taken as it is needed', () => {
    for (const platform of ['cuda', 'cuda12', 'cuda13', 'rocm'] as const)
      expect(clientOptions(platform)).toEqual({ preallocate: false })
    for (const platform of ['cpu', 'other'] as const) expect(clientOptions(platform)).toEqual({})
  })
})
