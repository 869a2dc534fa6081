import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../src/random/index.ts'
import { logFactorial } from '../../src/random/poisson.ts'

/** Critical value of chi-squared at the tail probability 1e-4 (Wilson and Hilferty's approximation). */
function chiSquaredLimit(degrees: number): number {
  const z = 3.719
  const ratio = 2 / (9 * degrees)
  return degrees * (1 - ratio + z * Math.sqrt(ratio)) ** 3
}

function chiSquared(counts: ArrayLike<number>, expected: (cell: number) => number): number {
  let sum = 0
  for (let cell = 0; cell < counts.length; cell++)
    sum += (counts[cell]! - expected(cell)) ** 2 / expected(cell)
  return sum
}

function moments(draw: () => number, n: number): { mean: number; variance: number } {
  let mean = 0
  let squares = 0
  for (let i = 1; i <= n; i++) {
    const x = draw()
    const delta = x - mean
    mean += delta / i
    squares += delta * (x - mean)
  }
  return { mean, variance: squares / (n - 1) }
}

describe('RandomStream', () => {
  it('gives the same numbers for the same seed and path', () => {
    const draw = () => {
      const stream = new RandomStream(5, 1, 2)
      return Array.from({ length: 9 }, () => [stream.uint32(), stream.normal(), stream.poisson(20)])
    }
    expect(draw()).toEqual(draw())
  })

  it('keeps its words for good: a change would redraw every data set that a seed names', () => {
    const stream = new RandomStream(1, 2, 3)
    const words = Array.from({ length: 6 }, () => stream.uint32())
    expect(words).toMatchInlineSnapshot(`
      [
        854973283,
        3027849595,
        2955099717,
        3624453992,
        2273676889,
        3573998658,
      ]
    `)
  })

  it('gives unrelated words for different seeds, paths, orders and depths', () => {
    const names = [[1], [2], [1, 0], [0, 1], [1, 1], [1, 2], [2, 1], [1, 2, 3], [2 ** 32 + 1], [2 ** 52]]
    const n = 20_000
    const streams = names.map(([seed, ...path]) => {
      const stream = new RandomStream(seed!, ...path)
      return Float64Array.from({ length: n }, () => stream.uniform() - 0.5)
    })
    for (let a = 0; a < streams.length; a++) {
      for (let b = 0; b < a; b++) {
        let product = 0
        for (let i = 0; i < n; i++) product += streams[a]![i]! * streams[b]![i]!
        // 45 correlations of standard error 1/sqrt(n): 4.5 of them by chance once in 3,000 suites.
        expect(Math.abs(product * 12) / n, `${names[a]} and ${names[b]}`).toBeLessThan(4.5 / Math.sqrt(n))
      }
    }
  })

  it.each([[-1], [0.5], [Number.NaN], [2 ** 53]])('refuses %s as a seed and in the path', (bad) => {
    expect(() => new RandomStream(bad)).toThrow(expect.objectContaining({ code: 'random.seed' }))
    expect(() => new RandomStream(1, bad)).toThrow(expect.objectContaining({ code: 'random.seed' }))
  })

  it('draws uniform numbers in [0, 1), flat by chi-squared at 1e-4', () => {
    const stream = new RandomStream(11)
    const counts = new Float64Array(256)
    const n = 256 * 1000
    for (let i = 0; i < n; i++) counts[Math.floor(stream.uniform() * 256)]!++
    expect(chiSquared(counts, () => n / 256)).toBeLessThan(chiSquaredLimit(255))
  })

  it('draws normal numbers with the right mean, variance and distribution (chi-squared at 1e-4)', () => {
    const stream = new RandomStream(12)
    const n = 200_000
    // Deciles of the normal distribution.
    const limits = [
      -1.2815516, -0.8416212, -0.5244005, -0.2533471, 0, 0.2533471, 0.5244005, 0.8416212, 1.2815516,
    ]
    const counts = new Float64Array(10)
    const { mean, variance } = moments(() => {
      const x = stream.normal()
      counts[limits.filter((limit) => x > limit).length]!++
      return x
    }, n)
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n))
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
    expect(chiSquared(counts, () => n / 10)).toBeLessThan(chiSquaredLimit(9))
  })

  it.each([1, 2, 3, 7, 10, 1000])(
    'draws integers below %i, each equally often (chi-squared at 1e-4)',
    (n) => {
      const stream = new RandomStream(13, n)
      const counts = new Float64Array(n)
      for (let i = 0; i < 200 * n; i++) counts[stream.integer(n)]!++
      expect(chiSquared(counts, () => 200)).toBeLessThanOrEqual(n === 1 ? 0 : chiSquaredLimit(n - 1))
    },
  )

  it('has no modulo bias where it would show most, at 3 · 2³⁰', () => {
    const stream = new RandomStream(14)
    const n = 30_000
    const counts = new Float64Array(3)
    for (let i = 0; i < n; i++) counts[Math.floor(stream.integer(3 * 2 ** 30) / 2 ** 30)]!++
    expect(chiSquared(counts, () => n / 3)).toBeLessThan(chiSquaredLimit(2))
  })

  it.each([0, -1, 1.5, 2 ** 32 + 1])('refuses to draw an integer below %s', (n) => {
    expect(() => new RandomStream(1).integer(n)).toThrow(expect.objectContaining({ code: 'random.range' }))
  })

  it.each([0.01, 0.7, 4, 9.99, 10, 25, 60, 300])(
    'draws Poisson numbers of rate %s (chi-squared at 1e-4)',
    (rate) => {
      const stream = new RandomStream(15, Math.round(rate * 100))
      const n = 100_000
      const tally = new Map<number, number>()
      const { mean, variance } = moments(() => {
        const k = stream.poisson(rate)
        tally.set(k, (tally.get(k) ?? 0) + 1)
        return k
      }, n)
      expect(Math.abs(mean - rate)).toBeLessThan(4 * Math.sqrt(rate / n))
      // The fourth central moment of a Poisson variate is rate + 3 rate².
      expect(Math.abs(variance - rate)).toBeLessThan(4 * Math.sqrt((rate + 2 * rate * rate) / n))

      const cells: [seen: number, expected: number][] = [[0, 0]]
      for (let k = 0; k < rate + 40 * Math.sqrt(rate) + 40; k++) {
        const last = cells.at(-1)!
        if (last[1] >= 10) cells.push([0, 0])
        const cell = cells.at(-1)!
        cell[0] += tally.get(k) ?? 0
        cell[1] += n * Math.exp(k * Math.log(rate) - rate - logFactorial(k))
      }
      const unfinished = cells.at(-1)!
      if (unfinished[1] < 10) {
        cells.pop()
        cells.at(-1)![0] += unfinished[0]
        cells.at(-1)![1] += unfinished[1]
      }
      const statistic = cells.reduce((sum, [seen, expected]) => sum + (seen - expected) ** 2 / expected, 0)
      expect(statistic).toBeLessThan(chiSquaredLimit(cells.length - 1))
    },
  )

  it('draws Poisson numbers at the ends of the range, and refuses rates outside', () => {
    const stream = new RandomStream(16)
    expect(stream.poisson(0)).toBe(0)
    expect(Math.abs(stream.poisson(2 ** 50) / 2 ** 50 - 1)).toBeLessThan(1e-6)
    for (const rate of [-1e-9, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => stream.poisson(rate)).toThrow(expect.objectContaining({ code: 'random.range' }))
    }
  })

  it('shuffles into every order of four equally often (chi-squared at 1e-4)', () => {
    const stream = new RandomStream(17)
    const tally = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = stream.shuffle(['a', 'b', 'c', 'd']).join('')
      tally.set(order, (tally.get(order) ?? 0) + 1)
    }
    expect(tally.size).toBe(24)
    expect(chiSquared([...tally.values()], () => 1000)).toBeLessThan(chiSquaredLimit(23))
  })

  it('permutes: each integer below n once, nothing for n = 0', () => {
    const order = new RandomStream(18).permutation(1000)
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect([...order]).not.toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect(new RandomStream(18).permutation(0)).toHaveLength(0)
  })
})

describe('logFactorial', () => {
  it('agrees with the sum of logarithms to 1e-12 at both sides of the hand-over', () => {
    let sum = 0
    for (let k = 1; k <= 400; k++) {
      sum += Math.log(k)
      expect(Math.abs(logFactorial(k) - sum)).toBeLessThan(1e-12 * Math.max(1, sum))
    }
  })
})
