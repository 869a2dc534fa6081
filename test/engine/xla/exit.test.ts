import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PLUGIN_PATH } from './run-text.ts'

const BUILT = 'dist/engine/index.js'
const skip = !PLUGIN_PATH || !existsSync(BUILT)

/** Has a second of work under way on the device, and ends. */
const program = (end: string) => `
  import { matMul } from '@tensorflow/tfjs-core'
  import { openEngine } from './${BUILT}'
  const engine = await openEngine('xla')
  const shape = [600, 600]
  const power = ([x]) => { let y = x; for (let n = 0; n < 30; n++) y = matMul(y, x); return [y] }
  const program = await engine.compile(power, [{ shape, dtype: 'float32' }])
  const x = { shape, dtype: 'float32', data: new Float32Array(360000).fill(1 / 600) }
  const runs = [program.run([x]), program.run([x]), program.run([x]), program.run([x])]
  const [first] = await runs[0]
  first.read()
  ${end}`

describe.skipIf(skip)(
  'a process that ends while a device computes (skipped without a plugin, or not built)',
  () => {
    it.each([
      ['leaves by itself', '', 0],
      ['is told to exit', 'process.exit(3)', 3],
      ['exits a little later', 'setTimeout(() => process.exit(4), 60)', 4],
      ['throws', 'throw new Error("in the middle")', 1],
    ] as const)('and %s does so without crashing', async (_, end, code) => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(end)], { stdio: 'ignore' })
      expect(await once(child, 'exit')).toEqual([code, null])
    })
  },
)
