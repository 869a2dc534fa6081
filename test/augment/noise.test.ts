import { describe, expect, it, vi } from 'vitest'
import {
  type AugmentationOptions,
  createAugmentation,
  type NoiseAugmentation,
} from '../../src/augment/index.ts'
import { RandomStream } from '../../src/random/index.ts'

/** Noise seeds that protocols were given. */
const seeds: number[] = []
vi.mock('../../src/noise/index.ts', async (original) => {
  const noise = await original<typeof import('../../src/noise/index.ts')>()
  const openProtocol: typeof noise.openProtocol = (...args) => {
    const protocol = noise.openProtocol(...args)
    return {
      ...protocol,
      apply(batch, level, seed) {
        seeds.push(seed)
        return protocol.apply(batch, level, seed)
      },
    }
  }
  return { ...noise, openProtocol }
})

const none: AugmentationOptions = { redraw: 0, resizedCrop: null, padAndCrop: 0, symmetry: 'none' }
const moved: AugmentationOptions = { redraw: 0.5, resizedCrop: 0.3, padAndCrop: 3, symmetry: 'square' }
const noise: NoiseAugmentation = { protocol: 'counts', levels: [60, 12, 3], probability: 0.5 }
const SIDE = 16
const SIZE = SIDE * SIDE * 3

const stream = new RandomStream(4)
/** Dark at the rim, as redrawing expects. */
const picture = Uint8Array.from({ length: SIZE }, (_, index) => {
  const pixel = Math.floor(index / 3)
  const radius = Math.hypot(Math.floor(pixel / SIDE) - 8, (pixel % SIDE) - 8)
  return 200 * Math.exp(-radius / 3) + 5 * stream.uniform()
})

function augmented(
  options: AugmentationOptions,
  indices: readonly number[],
  epoch = 0,
  seed = 1,
): Uint8Array[] {
  const images = new Uint8Array(indices.length * SIZE)
  for (const at of indices.keys()) images.set(picture, at * SIZE)
  createAugmentation(options, seed).apply(images, [indices.length, SIDE, SIDE, 3], epoch, indices)
  return indices.map((_, at) => images.slice(at * SIZE, (at + 1) * SIZE))
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** The level of counts whose values a picture holds: each is k/level for a whole k. Null: it has no noise. */
function levelOf(values: Uint8Array): number | null {
  if (values.every((value, at) => value === picture[at])) return null
  const fits = noise.levels.filter((level) => {
    const possible = new Set(range(level + 1).map((count) => Math.round((255 * count) / level)))
    return values.every((value) => possible.has(value))
  })
  return Math.min(...fits)
}

describe('noise on training pictures', () => {
  it('is the same whatever batch a picture is in', () => {
    const options = { ...moved, noise }
    const whole = augmented(options, range(12), 3)
    for (const index of [11, 0, 7]) expect(augmented(options, [index], 3)).toEqual([whole[index]])
  })

  it('changes with the seed, the epoch and the picture', () => {
    const always = { ...none, noise: { ...noise, levels: [12], probability: 1 } }
    const seen = [
      augmented(always, range(3)),
      augmented(always, range(3), 1),
      augmented(always, range(3), 0, 2),
    ].flat()
    expect(new Set(seen.map((values) => values.join())).size).toBe(9)
    expect(augmented(always, range(3))).toEqual(seen.slice(0, 3))
  })

  it('comes with its probability, and each level as often as another (within 4 standard deviations)', () => {
    const count = 1200
    const levels = augmented({ ...none, noise: { ...noise, probability: 0.6 } }, range(count)).map(levelOf)
    for (const [level, expected] of [
      [null, 0.4],
      [60, 0.2],
      [12, 0.2],
      [3, 0.2],
    ] as const) {
      const found = levels.filter((one) => one === level).length
      expect(Math.abs(found - count * expected), `level ${level}`).toBeLessThan(
        4 * Math.sqrt(count * expected * (1 - expected)),
      )
    }
  })

  it('leaves all other random choices as they are without it', () => {
    const indices = range(60)
    const [plain, noisy] = [augmented(moved, indices), augmented({ ...moved, noise }, indices)]
    const same = plain.filter((values, at) => values.every((value, i) => value === noisy[at]![i])).length
    // Pictures that get no noise are the same: about half.
    expect(same).toBeGreaterThan(15)
    expect(same).toBeLessThan(45)
  })

  it('is drawn before pictures are moved: it moves with them', () => {
    const always = { ...noise, probability: 1 }
    const moves = { ...none, padAndCrop: 4, symmetry: 'square' } as const
    for (const index of range(8)) {
      const [noisy] = augmented({ ...none, noise: always }, [index])
      const expected = createAugmentation(moves, 1).apply(noisy!, [1, SIDE, SIDE, 3], 0, [index])
      expect(augmented({ ...moves, noise: always }, [index])).toEqual([expected])
    }
  })

  it('never takes a noise seed that robustness is tested with, and hardly ever the same one twice', () => {
    seeds.length = 0
    augmented({ ...none, noise: { ...noise, probability: 1 } }, range(500))
    expect(seeds).toHaveLength(500)
    expect(Math.min(...seeds)).toBeGreaterThanOrEqual(2 ** 31)
    expect(Math.max(...seeds)).toBeLessThan(2 ** 32)
    expect(new Set(seeds).size).toBeGreaterThan(498)
  })

  it('is told apart from the moves, to be drawn elsewhere: the same level and seed', () => {
    const moves = { ...none, padAndCrop: 2, symmetry: 'square' } as const
    const augmentation = createAugmentation({ ...moves, noise }, 1)
    expect(augmentation.moves?.(SIDE, SIDE, 3, range(9))).toEqual(
      createAugmentation(moves, 1).moves?.(SIDE, SIDE, 3, range(9)),
    )
    for (const index of range(20)) {
      const dose = augmentation.noise!.dose(3, index)
      const want = picture.slice()
      const batch = { pictures: want, height: SIDE, width: SIDE, indices: [index], out: want }
      if (dose) augmentation.noise!.protocol.apply(batch, dose.level, dose.seed)
      expect(augmented({ ...none, noise }, [index], 3)).toEqual([want])
    }
    for (const options of [moves, { ...moves, noise: null }]) {
      expect(createAugmentation(options, 1).noise).toBeNull()
    }
  })

  it.each([
    [{ ...noise, probability: 0 }, /probability 0; expected a number above 0/],
    [{ ...noise, probability: 1.5 }, /probability 1.5/],
    [{ ...noise, levels: [] }, /No level is given/],
    [{ ...noise, levels: [-3] }, /level -3/],
    [{ ...noise, protocol: 'dust' as 'counts' }, /no noise protocol 'dust'/],
  ])('refuses %j', (wrong, message) => {
    expect(() => createAugmentation({ ...none, noise: wrong }, 1)).toThrow(message)
  })
})
