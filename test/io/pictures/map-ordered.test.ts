import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mapOrdered } from '../../../src/io/pictures/index.ts'

describe('mapOrdered', () => {
  it('keeps the order and the bound whatever each item takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3)), fc.integer({ min: 1, max: 5 }), async (delays, concurrency) => {
        let running = 0
        let most = 0
        const work = async (delay: number, index: number) => {
          most = Math.max(most, ++running)
          await setTimeout(delay)
          running--
          return index
        }
        const results: number[] = []
        for await (const result of mapOrdered(delays, concurrency, work)) results.push(result)
        expect(results).toEqual(delays.map((_, i) => i))
        expect(most).toBeLessThanOrEqual(concurrency)
      }),
      { numRuns: 50 },
    )
  })

  it('takes items only as results are taken', async () => {
    let taken = 0
    function* items() {
      while (true) yield taken++
    }
    for await (const result of mapOrdered(items(), 3, async (n) => n)) if (result === 4) break
    expect(taken).toBeLessThanOrEqual(4 + 3 + 1)
  })

  it('throws at the place of the item that failed, after the results before it', async () => {
    const seen: number[] = []
    const work = async (n: number) => {
      if (n === 2) throw new Error('two')
      await setTimeout(5)
      return n
    }
    await expect(async () => {
      for await (const n of mapOrdered([0, 1, 2, 3], 4, work)) seen.push(n)
    }).rejects.toThrow('two')
    expect(seen).toEqual([0, 1])
  })

  it('has nothing running any more when it is left early', async () => {
    let running = 0
    const work = async () => {
      running++
      await setTimeout(10)
      running--
    }
    for await (const _ of mapOrdered([1, 2, 3, 4, 5], 3, work)) break
    expect(running).toBe(0)
  })

  it('stops with the reason of the signal', async () => {
    const controller = new AbortController()
    const seen: number[] = []
    await expect(async () => {
      for await (const n of mapOrdered([0, 1, 2, 3, 4, 5], 2, async (n) => n, controller.signal)) {
        seen.push(n)
        if (n === 1) controller.abort(new Error('enough'))
      }
    }).rejects.toThrow('enough')
    expect(seen).toEqual([0, 1])
  })
})
