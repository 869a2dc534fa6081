import type { Tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batchKey } from '../../src/device-noise/batch-key.ts'
import { drawNormals } from '../../src/device-noise/draw-normals.ts'
import { counting } from '../../src/device-noise/value-bits.ts'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { fillNormals, quantileTable } from '../../src/noise/normals.ts'
import { normalQuantile } from '../../src/random/index.ts'
import { TAIL, TAIL_DIVISOR } from '../../src/random/normal-quantile.ts'
import { testedEngines } from '../engine/available.ts'

describe.each(await testedEngines('xla', 'cpu'))('random numbers of $title', ({ name, skip }) => {
  let engine: Engine
  beforeAll(async () => {
    if (!skip) engine = await openEngine(name, { purpose: 'inference' })
  })
  afterAll(() => engine?.dispose())

  it.skipIf(skip)("draws the host's normal variates, tails included, to 2e-6 of their size", async () => {
    const count = 8 * (name === 'cpu' ? 512 : 16384)
    const keys = [
      { picture: 3, level: 5, seed: 6, purpose: 7 },
      { picture: 8, level: 9, seed: 10, purpose: 7 },
    ]
    const program = await engine.compile(
      ([rows, table]: Tensor[]) => [drawNormals(batchKey(rows!), count, table!)],
      [
        { shape: [2, 4], dtype: 'int32' },
        { shape: [65536], dtype: 'float32' },
      ],
    )
    const rows = keys.flatMap(({ picture, level, seed, purpose }) => [picture, level, seed, purpose])
    const [output] = await program.run([
      { shape: [2, 4], dtype: 'int32', data: Int32Array.from(rows) },
      { shape: [65536], dtype: 'float32', data: quantileTable() },
    ])
    const { data } = await output!.read()
    const want = new Float32Array(2 * count)
    for (const [row, key] of keys.entries()) fillNormals(want.subarray(row * count, (row + 1) * count), key)
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
})

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
