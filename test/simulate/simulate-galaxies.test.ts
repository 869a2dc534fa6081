import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { GalaxySimulator, simulateGalaxies } from '../../src/simulate/index.ts'
import { unstretch } from '../../src/survey/index.ts'

const hash = (picture: Uint8Array) => createHash('sha256').update(picture).digest('hex').slice(0, 12)
const refused = expect.objectContaining({ code: 'simulate.options' })

describe('simulateGalaxies', () => {
  it('gives the same pictures whatever is drawn before them, in whatever order', async () => {
    const inOrder: string[] = []
    for await (const { picture } of simulateGalaxies({ count: 12, size: 48, seed: 3 }))
      inOrder.push(hash(picture))
    const simulator = new GalaxySimulator({ size: 48, seed: 3 })
    for (const index of [11, 4, 0, 7]) expect(hash(simulator.draw(index).picture)).toBe(inOrder[index])
    expect(new Set(inOrder).size).toBe(12)
  })

  it('keeps its pictures: a seed names a data set for good', () => {
    const simulator = new GalaxySimulator({ size: 64, seed: 1 })
    const pictures = Array.from({ length: 10 }, (_, index) => simulator.draw(index))
    expect(pictures.map(({ label, picture }) => `${label} ${hash(picture)}`)).toMatchInlineSnapshot(`
      [
        "5 5144d4b40f46",
        "8 2e78c6d5a3bf",
        "9 5c7b0039c985",
        "4 a87a8ec2788e",
        "7 758137bbdeb8",
        "1 522ef3966a3c",
        "6 33f173fefea8",
        "2 d4bad861caee",
        "3 1cc1e784932b",
        "0 b43661fe1fe0",
      ]
    `)
  })

  it('draws other pictures for another seed', () => {
    const [a, b] = [1, 2].map((seed) => new GalaxySimulator({ size: 32, seed }).draw(0).picture)
    expect(hash(a!)).not.toBe(hash(b!))
  })

  it('draws every class once in a round, not always in the same order', () => {
    const simulator = new GalaxySimulator({ size: 8, seed: 5 })
    const labels = Array.from({ length: 30 }, (_, index) => simulator.draw(index).label)
    const rounds = [labels.slice(0, 10), labels.slice(10, 20), labels.slice(20)]
    for (const round of rounds)
      expect(round.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(rounds[0]).not.toEqual(rounds[1])
  })

  it('draws only the classes asked for', () => {
    const simulator = new GalaxySimulator({ size: 8, seed: 5, classes: [9, 2] })
    const labels = Array.from({ length: 20 }, (_, index) => simulator.draw(index).label)
    expect(labels.filter((label) => label === 9)).toHaveLength(10)
    expect(labels.filter((label) => label === 2)).toHaveLength(10)
  })

  it.each([
    [8, 8.384],
    [64, 1.048],
    [100, 0.67072],
    [256, 0.262],
    [300, 0.262],
  ])('draws %i pixels of %s″ with a galaxy in the middle', (size, pixelScale) => {
    const galaxy = new GalaxySimulator({ size, seed: 8, classes: [2] }).draw(0)
    expect(galaxy.picture).toHaveLength(size * size * 3)
    expect(galaxy.pixelScale).toBeCloseTo(pixelScale, 10)
    const middle = (Math.floor(size / 2) * size + Math.floor(size / 2)) * 3 + 1
    expect(galaxy.picture[middle]!).toBeGreaterThan(60)
  })

  it('shows the same galaxy at any size: magnitudes in r within 0.1', () => {
    const magnitudes = [64, 128, 256].map((size) => {
      const { picture, pixelScale } = new GalaxySimulator({ size, seed: 21, classes: [6] }).draw(4)
      return apertureMagnitude(picture, size, pixelScale)
    })
    expect(Math.max(...magnitudes) - Math.min(...magnitudes)).toBeLessThan(0.1)
  })

  it('makes round galaxies round, cigars long, and others in between (medians of axis ratios)', () => {
    const [round, between, cigar, edge] = [2, 3, 4, 8].map((label) => {
      const simulator = new GalaxySimulator({ size: 128, seed: 31, classes: [label] })
      const ratios = Array.from({ length: 15 }, (_, index) => axisRatio(simulator.draw(index).picture, 128))
      return ratios.toSorted((a, b) => a - b)[7]!
    }) as [number, number, number, number]
    expect(round).toBeGreaterThan(0.88)
    expect(between).toBeGreaterThan(cigar + 0.15)
    expect(between).toBeLessThan(round - 0.1)
    expect(edge).toBeLessThan(cigar)
  })

  it('gives positions on the sky, redshifts and the scale of pixels', () => {
    const simulator = new GalaxySimulator({ size: 8, seed: 6 })
    const galaxies = Array.from({ length: 200 }, (_, index) => simulator.draw(index))
    for (const { ra, dec, redshift } of galaxies) {
      expect(ra).toBeGreaterThanOrEqual(0)
      expect(ra).toBeLessThan(360)
      expect(dec).toBeGreaterThanOrEqual(-20)
      expect(dec).toBeLessThanOrEqual(80)
      expect(redshift).toBeGreaterThanOrEqual(0.02)
      expect(redshift).toBeLessThanOrEqual(0.25)
    }
    expect(new Set(galaxies.map(({ ra }) => ra)).size).toBe(200)
  })

  it.each([0, 1, 7, 64.5, 1025, Number.NaN, -64])('refuses a size of %s', (size) => {
    expect(() => new GalaxySimulator({ size, seed: 1 })).toThrow(refused)
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => new GalaxySimulator({ size: 64, seed })).toThrow(refused)
  })

  it.each([[[]], [[10]], [[-1]], [[1, 1]], [[1.5]]])(
    'refuses the classes %j, naming those there are',
    (classes) => {
      expect(() => new GalaxySimulator({ size: 64, seed: 1, classes })).toThrow(/round_smooth/)
    },
  )

  it.each([0.1, 0, 9, Number.NaN])('refuses pixels of %s″', (pixelScale) => {
    expect(() => new GalaxySimulator({ size: 64, seed: 1, pixelScale })).toThrow(refused)
  })

  it.each([-1, 1.5, Number.NaN])('refuses a count of %s, and draws nothing for 0', async (count) => {
    await expect(simulateGalaxies({ count, seed: 1 }).next()).rejects.toThrow(refused)
    expect((await simulateGalaxies({ count: 0, seed: 1 }).next()).done).toBe(true)
  })

  it('reports progress, and stops when it is told to', async () => {
    const controller = new AbortController()
    const progress: [number, number][] = []
    const onProgress = (done: number, total: number) => progress.push([done, total])
    const galaxies = simulateGalaxies({ count: 5, size: 16, seed: 1, onProgress, signal: controller.signal })
    await galaxies.next()
    await galaxies.next()
    controller.abort(new Error('stop'))
    await expect(galaxies.next()).rejects.toThrow('stop')
    expect(progress).toEqual([
      [1, 5],
      [2, 5],
    ])
  })
})

/** Flux in r above the median of the picture, nanomaggies per native pixel. */
function redLight(picture: Uint8Array): Float64Array {
  const { r } = unstretch(Float64Array.from(picture, (value) => value / 255))
  const sky = r.toSorted()[r.length >> 1]!
  return r.map((value) => value - sky)
}

function apertureMagnitude(picture: Uint8Array, size: number, pixelScale: number): number {
  let sum = 0
  for (const [i, value] of redLight(picture).entries()) {
    const radius = Math.hypot(Math.floor(i / size) + 0.5 - size / 2, (i % size) + 0.5 - size / 2) * pixelScale
    if (radius < 10) sum += value
  }
  return 22.5 - 2.5 * Math.log10(sum * (pixelScale / 0.262) ** 2)
}

/** Axis ratio of the second moments of the light within 12 % of the width. */
function axisRatio(picture: Uint8Array, size: number): number {
  let [sum, xx, xy, yy] = [0, 0, 0, 0]
  for (const [i, value] of redLight(picture).entries()) {
    const y = Math.floor(i / size) + 0.5 - size / 2
    const x = (i % size) + 0.5 - size / 2
    if (Math.hypot(x, y) > 0.12 * size || value < 0.004) continue
    sum += value
    xx += value * x * x
    xy += value * x * y
    yy += value * y * y
  }
  const spread = Math.hypot((xx - yy) / 2, xy) / sum
  const mean = (xx + yy) / 2 / sum
  return Math.sqrt((mean - spread) / (mean + spread))
}
