import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PLUGIN_PATH } from './run-text.ts'

const BUILT = 'dist/engine/index.js'
const skip = !PLUGIN_PATH || !existsSync(BUILT)

/** Reads and writes small tensors for some seconds, and counts what goes wrong. */
const PROGRAM = `
  import { openEngine } from './${BUILT}'
  const engine = await openEngine('xla')
  const given = { shape: [3, 3, 16, 16], dtype: 'float32', data: new Float32Array(2304).fill(1) }
  let [failures, rounds] = [0, 0]
  for (const start = Date.now(); Date.now() - start < 6000; rounds++) {
    const buffers = await Promise.all(Array.from({ length: 20 }, () => engine.upload(given)))
    const read = await Promise.allSettled(buffers.map((buffer) => buffer.read()))
    failures += read.filter(({ value }) => value?.data[2303] !== 1).length
    for (const buffer of buffers) buffer.dispose()
  }
  await engine.dispose()
  console.log(JSON.stringify({ failures, enough: rounds > 50 }))`

describe.skipIf(skip)('memory that PJRT points to (skipped without a plugin, or not built)', () => {
  it('stays where it is while the garbage collector moves and frees what it can', () => {
    const options = ['--stress-compaction', '--max-semi-space-size=1', '--input-type=module', '-e', PROGRAM]
    expect(JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' }))).toEqual({
      failures: 0,
      enough: true,
    })
  })
})
