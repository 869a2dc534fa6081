import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from '../../src/api/token-bucket.ts'

describe('a token bucket', () => {
  it('gives what it holds at once, then at its rate', () => {
    let now = 0
    const bucket = new TokenBucket({ rate: 2, size: 4, now: () => now })
    for (let token = 0; token < 4; token++) {
      expect(bucket.wait()).toBe(0)
      bucket.take(1)
    }
    expect(bucket.wait()).toBe(0.5)
    now = 500
    expect(bucket.wait()).toBe(0)
    now = 1e9
    bucket.take(4)
    expect(bucket.wait()).toBe(0.5)
  })

  it('lends to one who asks for more than it holds, and has the debt paid', () => {
    let now = 0
    const bucket = new TokenBucket({ rate: 2, size: 4, now: () => now })
    bucket.take(14)
    expect(bucket.wait()).toBe(5.5)
    now = 5500
    expect(bucket.wait()).toBe(0)
  })

  it('keeps what it holds and what it is owed when its rate changes', () => {
    let now = 0
    const bucket = new TokenBucket({ rate: 2, size: 4, now: () => now })
    bucket.take(13)
    now = 1000
    // 7 are owed by now; a token more comes in 8 / 4 s.
    bucket.change({ rate: 4, size: 8 })
    expect(bucket.wait()).toBe(2)
    now = 1e9
    bucket.change({ rate: 1, size: 2 })
    bucket.take(2)
    expect(bucket.wait()).toBe(1)
  })

  it('never gives more than its rate, its size and one piece of work, however it is asked', () => {
    const asked = fc.array(fc.record({ pause: fc.nat(2000), tokens: fc.integer({ min: 1, max: 50 }) }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), asked, (rate, pieces) => {
        let [now, given, largest] = [0, 0, 0]
        const bucket = new TokenBucket({ rate, size: 10, now: () => now })
        for (const { pause, tokens } of pieces) {
          now += pause
          if (bucket.wait() > 0) continue
          bucket.take(tokens)
          given += tokens
          largest = Math.max(largest, tokens)
        }
        expect(given).toBeLessThanOrEqual((now / 1000) * rate + 10 + largest)
      }),
    )
  })
})
