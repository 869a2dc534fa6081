import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DosedPicture, openNoiseProgram } from '../../src/device-noise/index.ts'
import { type Engine, openEngine } from '../../src/engine/index.ts'
import { type NoiseDose, openProtocol, type ProtocolName } from '../../src/noise/index.ts'
import { testedEngines } from '../engine/available.ts'
import { galaxies, NOISE_TOLERANCES, noiseOnHost } from '../robustness/noise-agreement.ts'

const SIDE = 40
const SIZE = 3 * SIDE ** 2

const LEVELS: Readonly<Record<ProtocolName, readonly [number, number, number]>> = {
  counts: [60, 12, 3],
  additive: [1, 0.7, 0.01],
  exposure: [1, 1 / 2, 1 / 8],
}

describe.each(await testedEngines('xla', 'cpu'))('a batch of noise on $title', ({ name, skip }) => {
  let engine: Engine
  beforeAll(async () => {
    if (!skip) engine = await openEngine(name, { purpose: 'inference' })
  })
  afterAll(() => engine?.dispose())

  it.skipIf(skip).each(Object.entries(LEVELS) as [ProtocolName, (typeof LEVELS)['counts']][])(
    'gives each picture a level and a seed of its own, or leaves it as it is: %s',
    async (protocolName, [first, second, third]) => {
      const protocol = openProtocol(protocolName, [first, second, third])
      const doses: (NoiseDose | null)[] = [
        { level: third, seed: 2 ** 32 - 1 },
        null,
        { level: first, seed: 1 },
        { level: second, seed: 1 },
        { level: second, seed: 2 },
      ]
      // A row more than there are pictures, and the same picture twice.
      const batchSize = doses.length + 1
      const pictures = galaxies(SIDE, batchSize)
      pictures.copyWithin(4 * SIZE, 3 * SIZE, 4 * SIZE)
      const indices = [9, 8, 2 ** 32 - 1, 6, 6]
      const row = (values: ArrayLike<number>, at: number) =>
        Uint8Array.from(values as Uint8Array).subarray(at * SIZE, (at + 1) * SIZE)

      const noise = openNoiseProgram(protocol, { batchSize, height: SIDE, width: SIDE })
      const spec = { shape: [batchSize, SIDE, SIDE, 3], dtype: 'uint8' } as const
      const program = await engine.compile(noise.fn, [spec, ...noise.inputs], { outputTypes: ['uint8'] })
      const dosed = doses.map((dose, at): DosedPicture => {
        const { numbers } = noise.measure(row(pictures, at))
        return { index: indices[at]!, numbers, pixelScale: Number.NaN, dose }
      })
      const { inputs, onHost } = noise.figures(dosed)
      expect(onHost).toEqual([])
      const [noisy] = await program.run([{ ...spec, data: pictures }, ...noise.tables(), ...inputs])
      const { data } = await noisy!.read()
      program.dispose()

      const tolerance = NOISE_TOLERANCES[protocolName]
      let different = 0
      for (const [at, dose] of doses.entries()) {
        const picture = row(pictures, at)
        const shape = { height: SIDE, width: SIDE }
        const want =
          dose === null
            ? picture
            : noiseOnHost(protocol, picture, shape, [indices[at]!], [dose.level, dose.seed]).out
        const differences = row(data, at).map((value, i) => Math.abs(value - want[i]!))
        expect(Math.max(...differences)).toBeLessThanOrEqual(tolerance.difference)
        different += differences.filter((difference) => difference > 0).length
      }
      expect(different).toBeLessThanOrEqual(tolerance.share * doses.length * SIZE)
      expect(row(data, 3)).not.toEqual(row(data, 4))
      for (const at of [1, 5]) expect(row(data, at)).toEqual(row(pictures, at))
    },
  )
})
