import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEngine } from '../../../src/engine/index.ts'
import { PLUGIN_PATH } from './run-text.ts'

const former = process.env.PUREGALAXY_PJRT_PLUGIN
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plugins-'))
})
afterEach(() => {
  if (former !== undefined) process.env.PUREGALAXY_PJRT_PLUGIN = former
  else delete process.env.PUREGALAXY_PJRT_PLUGIN
  rmSync(folder, { recursive: true })
})

describe('the xla engine', () => {
  it('says that the plugin is missing, or no library, and what to do', async () => {
    process.env.PUREGALAXY_PJRT_PLUGIN = join(folder, 'missing.so')
    await expect(openEngine('xla')).rejects.toThrow(/cannot run here: .*missing\.so, which does not exist/)
    const text = join(folder, 'text.so')
    writeFileSync(text, 'I am no library.')
    process.env.PUREGALAXY_PJRT_PLUGIN = text
    await expect(openEngine('xla')).rejects.toMatchObject({ code: 'engine.unavailable' })
    await expect(openEngine('xla')).rejects.toThrow(/text\.so.*shared library/)
  })
})

const threadCount = () => Number(/Threads:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1])

describe.skipIf(!PLUGIN_PATH || process.platform !== 'linux')(
  'the xla engine on the CPU (skipped without a plugin)',
  () => {
    it('computes on as many threads as it is told', async () => {
      const started = async (threads: number) => {
        const before = threadCount()
        const engine = await openEngine('xla', { threads })
        expect(engine.devices).toEqual([`CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`])
        const more = threadCount() - before
        await engine.dispose()
        return more
      }
      await started(1)
      const [few, many] = [await started(1), await started(9)]
      expect(many - few).toBeGreaterThanOrEqual(8)
      expect(process.env.PJRT_NPROC).toBeUndefined()
    })

    it('uploads and runs more tensors than threads can take at once', async () => {
      const engine = await openEngine('xla')
      const tensors = await Promise.all(
        Array.from({ length: 400 }, (_, at) =>
          engine.upload({ shape: [5000], dtype: 'float32', data: new Float32Array(5000).fill(at) }),
        ),
      )
      const read = await Promise.all(tensors.map((tensor) => tensor.read()))
      expect(read.map(({ data }) => data[4999])).toEqual(tensors.map((_, at) => at))
      await engine.dispose()
    })
  },
)
