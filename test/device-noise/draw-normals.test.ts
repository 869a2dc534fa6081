import type { Tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawNormals } from '../../src/device-noise/draw-normals.ts'
import { batchKey, counting } from '../../src/device-noise/value-bits.ts'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { fillNormals, quantileTable } from '../../src/noise/normals.ts'
import { normalQuantile } from '../../src/random/index.ts'
import { TAIL, TAIL_DIVISOR } from '../../src/random/normal-quantile.ts'
import { testedEngines } from '../engine/available.ts'

describe.each(await testedEngines('xla', 'cpu'))(
  'random numbers in a program of $title',
  ({ name, skip }) => {
    let engine: Engine
    beforeAll(async () => {
      if (!skip) engine = await openEngine(name, { purpose: 'inference' })
    })
    afterAll(() => engine?.dispose())

    it.skipIf(skip)("draws the host's normal variates, tails included, to 2e-6 of their size", async () => {
      const count = 8 * (name === 'cpu' ? 512 : 16384)
      const program = await engine.compile(
        ([indices, words, table]: Tensor[]) => [drawNormals(batchKey(indices!, words!), count, table!)],
        [
          { shape: [2], dtype: 'int32' },
          { shape: [3], dtype: 'int32' },
          { shape: [65536], dtype: 'float32' },
        ],
      )
      const [output] = await program.run([
        { shape: [2], dtype: 'int32', data: Int32Array.of(3, 8) },
        { shape: [3], dtype: 'int32', data: Int32Array.of(5, 6, 7) },
        { shape: [65536], dtype: 'float32', data: quantileTable() },
      ])
      const { data } = await output!.read()
      const want = new Float32Array(2 * count)
      for (const [row, picture] of [3, 8].entries())
        fillNormals(want.subarray(row * count, (row + 1) * count), { picture, level: 5, seed: 6, purpose: 7 })
      expect(want.filter((normal) => Math.abs(normal) > 3.1).length).toBeGreaterThan(count / 1000)
      const worst = want.reduce((most, normal, i) => Math.max(most, Math.abs(data[i]! / normal - 1)), 0)
      expect(worst).toBeLessThan(2e-6)
    })

    it.skipIf(skip)('counts places beyond a row of its constants', async () => {
      const program = await engine.compile(() => [counting(600), counting(256), counting(1)], [])
      const outputs = await Promise.all((await program.run([])).map((output) => output.read()))
      expect(outputs.map(({ data }) => [...data])).toEqual(
        [600, 256, 1].map((length) => Array.from({ length }, (_, at) => at)),
      )
    })
  },
)

describe('the tail of the normal variates', () => {
  it('goes on beyond seven standard deviations, where a formula of its own is left out, to 1e-7', () => {
    const polynomial = (coefficients: readonly number[], x: number) =>
      coefficients.reduceRight((sum, c) => sum * x + c, 0)
    // The smallest share is half of 2⁻⁴⁸.
    for (let share = 64 / 65536; share > 2 ** -49; share *= 0.9) {
      const r = Math.sqrt(-Math.log(share)) - 1.6
      const size = polynomial(TAIL, r) / polynomial(TAIL_DIVISOR, r)
      expect(Math.abs(size / -normalQuantile(share) - 1)).toBeLessThan(1e-7)
    }
  })
})
