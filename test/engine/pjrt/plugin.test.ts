import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PjrtApi } from '../../../src/engine/pjrt/api.ts'
import { loadPlugin } from '../../../src/engine/pjrt/index.ts'
import { addressOf } from '../../../src/engine/pjrt/native.ts'
import { FUNCTIONS } from '../../../src/engine/pjrt/structures.ts'
import { PLUGIN_PATH } from '../xla/run-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'plugins-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a plugin', () => {
  it('that is not there is named, with the reason', () => {
    const path = join(folder, 'missing.so')
    expect(() => loadPlugin(path)).toThrow(expect.objectContaining({ code: 'pjrt.library' }))
    expect(() => loadPlugin(path)).toThrow(/missing\.so does not load as a shared library: .*[Nn]o such file/)
  })

  it('that is a text file, empty, or a folder does not load', () => {
    const text = join(folder, 'text.so')
    writeFileSync(text, 'I am no library.')
    const empty = join(folder, 'empty.so')
    writeFileSync(empty, '')
    for (const path of [text, empty, folder]) {
      expect(() => loadPlugin(path)).toThrow(expect.objectContaining({ code: 'pjrt.library' }))
    }
  })

  it('that is another library is told from a plugin', () => {
    // A library of Node's own kind that is always here: koffi's.
    const { resolve } = createRequire(import.meta.url)
    const native = `@koromix/koffi-${process.platform}-${process.arch}`
    const path = join(
      dirname(createRequire(resolve('koffi')).resolve(`${native}/package.json`)),
      'koffi.node',
    )
    if (!existsSync(path)) return
    expect(() => loadPlugin(path)).toThrow(expect.objectContaining({ code: 'pjrt.plugin' }))
  })

  it('whose preloaded library is missing names that library', () => {
    const preload = [join(folder, 'libcudart.so')]
    expect(() => loadPlugin(join(folder, 'any.so'), { preload })).toThrow(/libcudart\.so does not load/)
  })

  it('of another version of the interface is refused, saying which end is too old', () => {
    expect(() => new PjrtApi(addressOf(api(1, 0)), 'new.so')).toThrow(
      /new\.so speaks version 1\.0.*newer puregalaxy/,
    )
    expect(() => new PjrtApi(addressOf(api(0, 40)), 'old.so')).toThrow(
      /old\.so speaks version 0\.40.*newer plugin/,
    )
    expect(new PjrtApi(addressOf(api(0, 57)), 'known.so').version).toEqual([0, 57])
  })

  it('that has fewer functions than its version is no whole plugin', () => {
    expect(() => new PjrtApi(addressOf(api(0, 57, 3)), 'small.so')).toThrow(
      /small\.so says that it speaks version 0\.57.*fewer functions/,
    )
  })

  it('that lacks a function is named when it is called', () => {
    expect(() => new PjrtApi(addressOf(api(0, 57)), 'empty.so').call('Plugin_Initialize', {})).toThrow(
      'empty.so has no function PJRT_Plugin_Initialize.',
    )
  })

  it.skipIf(!PLUGIN_PATH)('is loaded once and tells its version (skipped without a plugin)', () => {
    const plugin = loadPlugin(PLUGIN_PATH!)
    expect(plugin.apiVersion[0]).toBe(0)
    expect(plugin.apiVersion[1]).toBeGreaterThanOrEqual(57)
    expect(loadPlugin(PLUGIN_PATH!)).toBe(plugin)
  })
})

const kept: Uint8Array[] = []

/** A PJRT_Api of a version, with room for functions and none of them there. */
function api(major: number, minor: number, functions = FUNCTIONS.length): Uint8Array {
  const memory = new Uint8Array(40 + 8 * functions)
  const view = new DataView(memory.buffer)
  view.setBigUint64(0, BigInt(memory.length), true)
  view.setInt32(32, major, true)
  view.setInt32(36, minor, true)
  kept.push(memory)
  return memory
}
