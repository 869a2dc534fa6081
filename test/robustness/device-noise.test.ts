import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { openProtocol } from '../../src/noise/index.ts'
import { openDeviceNoise } from '../../src/robustness/open-device-noise.ts'
import { testedEngines } from '../engine/available.ts'
import { mean } from '../noise/statistics.ts'
import { galaxies, NOISE_TOLERANCES, noiseOnHost, type Shape } from './noise-agreement.ts'

/** Every value that there is, in pictures whose number of values is no multiple of eight, the first black. */
function everyValue({ height, width }: Shape, count: number): Uint8Array {
  const size = 3 * height * width
  return Uint8Array.from({ length: count * size }, (_, i) =>
    i < size ? 0 : Math.imul(i + 1, 0x9e3779b1) >>> 24,
  )
}

/** `cpu` stands for what runs everywhere, `xla` for what an accelerator compiles. */
describe.each(await testedEngines('xla', 'cpu'))('noise in a program of $title', ({ name, skip }) => {
  let engine: Engine
  // Operation by operation takes long.
  const side = name === 'cpu' ? 24 : 64
  beforeAll(async () => {
    if (!skip) engine = await openEngine(name, { purpose: 'inference' })
  })
  afterAll(() => engine?.dispose())

  it.skipIf(skip).each([
    ['counts', [10_000, 60, 3, 0.1]],
    ['additive', [1, 0.9, 0.5, 0.01]],
  ])("is the host's, byte for byte: %s at levels %j", async (protocolName, levels) => {
    const protocol = openProtocol(protocolName, levels)
    const shape = { height: 15, width: 13 }
    const noise = await openDeviceNoise(engine, protocol, { batchSize: 3, ...shape })
    const pictures = everyValue(shape, 3)
    const size = pictures.length / 3
    for (const dose of levels.flatMap((level) => [1, 2 ** 32 - 1].map((seed) => [level, seed] as const))) {
      // A whole batch, then less than one, of other pictures.
      for (const indices of [
        [0, 7, 2 ** 32 - 1],
        [4, 5],
      ]) {
        const some = indices.length === 3 ? pictures : pictures.subarray(size)
        const host = noiseOnHost(protocol, some, shape, indices, dose)
        const { noisy, tally } = await noise.draw(some, indices, ...dose)
        const { data, shape: got } = await noisy.read()
        noisy.dispose()
        expect(got).toEqual([3, 15, 13, 3])
        expect(data.subarray(0, some.length)).toEqual(host.out)
        expect(tally).toEqual(host.tally)
      }
    }
    noise.dispose()
  })

  it.skipIf(skip)(
    'looks at the lower sixteen bits where the leading ones leave a value undecided',
    async () => {
      // Of some hundred thousand values those that sixteen bits leave open are some tens.
      const protocol = openProtocol('counts', [60])
      const shape = { height: side, width: side }
      const pictures = galaxies(side, 8)
      const indices = [0, 1, 2, 3, 4, 5, 6, 7]
      const noise = await openDeviceNoise(engine, protocol, { batchSize: 8, ...shape })
      const { noisy } = await noise.draw(pictures, indices, 60, 1)
      expect((await noisy.read()).data).toEqual(noiseOnHost(protocol, pictures, shape, indices, [60, 1]).out)
      noise.dispose()
    },
  )

  it.skipIf(skip)(
    `is the host's exposure noise but for ${NOISE_TOLERANCES.exposure.share} of the values, rounded to the neighbouring grey level`,
    async () => {
      const levels = [1 / 2, 1 / 8, 1 / 32, 1 / 1000]
      const protocol = openProtocol('exposure', levels)
      const shape = { height: side, width: side }
      const count = 16
      const pictures = galaxies(side, count)
      // No data, and cores without limits.
      pictures.fill(0, 3000, 3300)
      pictures.fill(255, 6000, 6030)
      const indices = Array.from({ length: count }, (_, row) => 3 * row)
      const pixelScales = Array.from({ length: 3 * count }, (_, index) => (index % 2 ? 0.524 : Number.NaN))
      const noise = await openDeviceNoise(engine, protocol, { batchSize: count, ...shape, pixelScales })
      const differences: number[] = []
      for (const level of levels) {
        const host = noiseOnHost(protocol, pictures, shape, indices, [level, 9], pixelScales)
        const { noisy, tally } = await noise.draw(pictures, indices, level, 9)
        const { data } = await noisy.read()
        expect(tally).toEqual(host.tally)
        for (const [i, value] of host.out.entries()) if (value !== data[i]) differences.push(data[i]! - value)
        expect([...data.subarray(3000, 3300)]).toEqual(new Array(300).fill(0))
      }
      noise.dispose()
      const { share, difference } = NOISE_TOLERANCES.exposure
      expect(differences.length).toBeLessThan(share * levels.length * pictures.length)
      expect(Math.max(...differences.map(Math.abs))).toBeLessThanOrEqual(difference)
    },
    60_000,
  )

  it.skipIf(skip)('leaves to the host the pictures whose light it draws electron by electron', async () => {
    const protocol = openProtocol('exposure', [1, 1 / 8])
    const shape = { height: 24, width: 24 }
    const size = 3 * 24 ** 2
    const pictures = galaxies(24, 3)
    // A border without noise.
    const flat = pictures.subarray(size, 2 * size).fill(40)
    flat.fill(120, 12 * 72 + 30, 12 * 72 + 42)
    const indices = [10, 11, 12]
    const noise = await openDeviceNoise(engine, protocol, { batchSize: 4, ...shape })
    const host = noiseOnHost(protocol, pictures, shape, indices, [1 / 8, 3])
    const given = pictures.slice()
    const { noisy, tally } = await noise.draw(pictures, indices, 1 / 8, 3)
    const { data } = await noisy.read()
    expect(tally).toEqual(host.tally)
    expect(tally.emptyBorders).toBe(1)
    expect(host.out.subarray(size, 2 * size)).not.toEqual(flat)
    expect(data.subarray(size, 2 * size)).toEqual(host.out.subarray(size, 2 * size))
    expect(pictures).toEqual(given)
    // The others are drawn by the program.
    expect(mean(Float64Array.from(host.out, (value, i) => Math.abs(value - data[i]!)))).toBeLessThan(1e-3)
    // The whole exposure adds nothing.
    const whole = await (await noise.draw(pictures, indices, 1, 3)).noisy.read()
    expect(whole.data.subarray(0, pictures.length)).toEqual(pictures)
    noise.dispose()
  })
})
