import { describe, expect, it } from 'vitest'
import { Batcher, type Place } from '../../src/api/batcher.ts'
import type { ServedModel } from '../../src/api/index.ts'
import { brightnessModel } from './api-server.ts'

const OPTIONS = { queue: 100, batch: 4, batchDelay: 20, decoders: 2 }
const never = () => new AbortController().signal
const pixels = (value = 0) => new Uint8Array(8 * 8 * 3).fill(value)
const later = (milliseconds = 0) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** A batcher whose model notes the size of each run and ends it only when it is told to. */
function controlled(options: Partial<typeof OPTIONS> = {}) {
  const runs: number[] = []
  const ends: (() => void)[] = []
  const work = (pictures: number) => {
    runs.push(pictures)
    return new Promise<void>((resolve) => ends.push(resolve))
  }
  const batcher = new Batcher(brightnessModel({ work }), { ...OPTIONS, ...options })
  return { batcher, runs, end: () => ends.shift()!() }
}

describe('a batcher', () => {
  it('runs the picture of an idle server at once', () => {
    const { batcher, runs } = controlled({ batchDelay: 60_000 })
    void batcher.admit(1, never())[0]!.predict(pixels())
    expect(runs).toEqual([1])
  })

  it('waits for pictures that are on their way until a batch is full', () => {
    const { batcher, runs } = controlled({ batchDelay: 60_000 })
    const places = batcher.admit(6, never())
    for (const place of places.slice(0, 3)) void place.predict(pixels())
    expect(runs).toEqual([])
    void places[3]!.predict(pixels())
    expect(runs).toEqual([4])
  })

  it('waits for them no longer than the delay', async () => {
    const { batcher, runs } = controlled()
    const places = batcher.admit(6, never())
    for (const place of places.slice(0, 3)) void place.predict(pixels())
    await later(5)
    expect(runs).toEqual([])
    await later(60)
    expect(runs).toEqual([3])
  })

  it('waits for none that is being fetched, and does again when it was', async () => {
    const { batcher, runs, end } = controlled({ batchDelay: 60_000 })
    const [first, second, third] = batcher.admit(3, never())
    let arrive = () => {}
    const fetched = third!.fetch(
      () =>
        new Promise<void>((resolve) => {
          arrive = resolve
        }),
    )
    const predicted = [first!.predict(pixels())]
    expect(runs).toEqual([])
    predicted.push(second!.predict(pixels()))
    expect(runs).toEqual([1])
    end()
    await predicted[0]
    await later()
    expect(runs).toEqual([1, 1])
    arrive()
    await fetched
    end()
    await predicted[1]
    const another = batcher.admit(1, never())[0]!.predict(pixels())
    expect(runs).toEqual([1, 1])
    third!.leave()
    expect(runs).toEqual([1, 1, 1])
    end()
    await another
    expect(batcher.depth).toBe(0)
  })

  it('counts none that was given up while it is fetched', async () => {
    const { batcher, runs } = controlled({ batchDelay: 60_000 })
    const [first, second, third] = batcher.admit(3, never())
    const fetched = first!.fetch(() => Promise.reject(new Error('gone')))
    first!.leave()
    await expect(fetched).rejects.toThrow('gone')
    void second!.predict(pixels())
    expect(runs).toEqual([])
    third!.leave()
    expect(runs).toEqual([1])
  })

  it('has a backlog wait once, not before each of its runs', async () => {
    let started = Number.NaN
    const starts: number[] = []
    const work = async () => void starts.push(performance.now() - started)
    const batcher = new Batcher(brightnessModel({ work }), { ...OPTIONS, batch: 16, batchDelay: 200 })
    const places = batcher.admit(9, never())
    started = performance.now()
    await Promise.all(places.slice(0, 8).map((place) => place.predict(pixels())))
    expect(starts).toHaveLength(8)
    // Each would be 200 ms after the one before it.
    expect(starts[0]).toBeGreaterThan(195)
    expect(starts[7]! - starts[0]!).toBeLessThan(600)
  })

  describe('decodes of a backlog', () => {
    /** Has places decoded; tells of each when it begins, and ends it when it is told to. */
    function decodings() {
      const begun: string[] = []
      const ends: (() => void)[] = []
      const decode = (place: Place, name = '') =>
        place.decode(() => {
          begun.push(name)
          return new Promise<Uint8Array>((resolve) => ends.push(() => resolve(pixels())))
        })
      return { begun, decode, endAll: () => ends.splice(0).forEach((end) => void end()) }
    }

    it('what fills the next batch, and more when a run has taken that', async () => {
      const { batcher, runs, end } = controlled({ batchDelay: 60_000 })
      let begun = 0
      const classify = async (place: Place) =>
        place.predict(
          await place.decode(async () => {
            begun++
            await later()
            return pixels()
          }),
        )
      const all = Promise.all(batcher.admit(17, never()).map(classify))
      await later(20)
      // The last decoder that was free took one more.
      expect([begun, runs]).toEqual([9, [4]])
      for (const expected of [13, 17, 17, 17]) {
        end()
        await later(20)
        expect(begun).toBe(expected)
      }
      expect(runs).toEqual([4, 4, 4, 4, 1])
      end()
      await all
      expect(batcher.depth).toBe(0)
    })

    it('as many as there are decoders, however small the batch', async () => {
      const { batcher } = controlled({ batch: 1, decoders: 8 })
      const { begun, decode } = decodings()
      for (const place of batcher.admit(20, never())) void decode(place)
      await later()
      expect(begun).toHaveLength(8)
    })

    it('pictures of every request by turns, those of one in order', async () => {
      const { batcher } = controlled({ batch: 64, batchDelay: 60_000, decoders: 1 })
      const { begun, decode, endAll } = decodings()
      const send = (name: string, pictures: number) =>
        batcher
          .admit(pictures, never())
          .forEach((place, at) => void decode(place, `${name}${at}`).then(place.predict))
      send('a', 7)
      send('b', 1)
      send('c', 3)
      for (let picture = 0; picture < 11; picture++) {
        await later()
        endAll()
      }
      expect(begun.join(' ')).toBe('a0 a1 b0 c0 a2 c1 a3 c2 a4 a5 a6')
    })

    it('others instead of those that cannot be, also where they fail at once', async () => {
      const { batcher } = controlled({ batch: 1, decoders: 1 })
      const { begun, decode } = decodings()
      const [first, second, ...rest] = batcher.admit(5, never())
      const fails = [
        first!.decode(() => Promise.reject(new Error('no picture'))).finally(first!.leave),
        second!
          .decode(() => {
            throw new Error('none either')
          })
          .finally(second!.leave),
      ]
      for (const place of rest) void decode(place)
      expect((await Promise.allSettled(fails)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      await later()
      expect(begun).toHaveLength(1)
    })

    it('none of a request that is aborted, nor for a model that is down', async () => {
      let unavailable: string | undefined
      const model = {
        ...brightnessModel(),
        get unavailable() {
          return unavailable
        },
      }
      const batcher = new Batcher(model as ServedModel, { ...OPTIONS, batch: 1, decoders: 1 })
      const { begun, decode } = decodings()
      const [first, second] = batcher.admit(2, never())
      void decode(first!, 'before')
      const request = new AbortController()
      const [aborted] = batcher.admit(1, request.signal)
      const refused = decode(aborted!, 'aborted')
      request.abort(new Error('gone'))
      await expect(refused).rejects.toThrow('gone')
      await expect(decode(aborted!, 'aborted')).rejects.toThrow('gone')
      const late = decode(second!, 'down')
      unavailable = 'The engine is down.'
      first!.leave()
      await expect(late).rejects.toThrow('The engine is down.')
      expect(begun).toEqual(['before'])
    })
  })

  it('waits for none that was given up', () => {
    const { batcher, runs } = controlled({ batchDelay: 60_000 })
    const places = batcher.admit(4, never())
    for (const place of places.slice(0, 3)) void place.predict(pixels())
    places[3]!.leave()
    expect(runs).toEqual([3])
  })

  it('runs one by one what fills less than three quarters of a batch', async () => {
    const { batcher, runs, end } = controlled()
    const places = batcher.admit(3, never())
    const predicted = places.slice(0, 2).map((place) => place.predict(pixels()))
    places[2]!.leave()
    expect(runs).toEqual([1])
    end()
    await predicted[0]
    await later()
    expect(runs).toEqual([1, 1])
    end()
    await predicted[1]
  })

  it('gathers pictures of several requests while the model works', async () => {
    const { batcher, runs, end } = controlled()
    const first = batcher.admit(1, never())[0]!.predict(pixels(51))
    const others = [1, 2, 3, 4, 5].map((value) => batcher.admit(1, never())[0]!.predict(pixels(value)))
    expect(runs).toEqual([1])
    end()
    expect((await first).confidence).toBeCloseTo(0.2, 10)
    await later()
    expect(runs).toEqual([1, 4])
    end()
    await later()
    expect(runs).toEqual([1, 4, 1])
    end()
    const confidences = (await Promise.all(others)).map(({ confidence }) => Math.round(confidence * 255))
    expect(confidences).toEqual([1, 2, 3, 4, 5])
  })

  it('refuses what its queue has no room for, and takes it when there is', async () => {
    const { batcher, runs, end } = controlled({ queue: 4, batch: 2 })
    const places = batcher.admit(3, never())
    expect(() => batcher.admit(2, never())).toThrow(expect.objectContaining({ code: 'api.busy' }))
    expect(batcher.depth).toBe(3)
    places[0]!.leave()
    places[0]!.leave()
    expect(batcher.depth).toBe(2)
    batcher.admit(2, never()).forEach((place) => {
      place.leave()
    })
    const predicted = places.slice(1).map((place) => place.predict(pixels()))
    expect(runs).toEqual([2])
    end()
    await Promise.all(predicted)
    expect(batcher.depth).toBe(0)
  })

  it('drops pictures of a request that is aborted', async () => {
    const { batcher, runs, end } = controlled()
    const running = batcher.admit(1, never())[0]!.predict(pixels())
    const request = new AbortController()
    const [waits, comes] = batcher.admit(2, request.signal)
    const waiting = waits!.predict(pixels())
    request.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    await expect(comes!.predict(pixels())).rejects.toThrow('gone')
    end()
    await running
    expect(runs).toEqual([1])
    expect(batcher.depth).toBe(0)
  })

  it('lets a request end whose pictures run, and counts them no more', async () => {
    const { batcher, end } = controlled()
    const request = new AbortController()
    const running = batcher.admit(1, request.signal)[0]!.predict(pixels())
    request.abort(new Error('late'))
    await expect(running).rejects.toThrow('late')
    expect(batcher.depth).toBe(0)
    const next = batcher.admit(1, never())[0]!.predict(pixels(255))
    end()
    await later()
    end()
    expect((await next).confidence).toBe(1)
  })

  it('tells every picture of a run that fails, and goes on', async () => {
    let broken = true
    const work = async () => {
      if (broken) throw new Error('broken')
    }
    const batcher = new Batcher(brightnessModel({ work }), OPTIONS)
    const outcomes = await Promise.allSettled(
      batcher.admit(3, never()).map((place) => place.predict(pixels())),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    broken = false
    expect((await batcher.admit(1, never())[0]!.predict(pixels(255))).confidence).toBe(1)
    expect(batcher.depth).toBe(0)
  })

  it('is idle when the last picture is answered or given up, and says so to who waits no longer than they want', async () => {
    const { batcher, end } = controlled()
    await batcher.idle(60_000)
    const [first, second] = batcher.admit(2, never())
    const told: string[] = []
    const patient = batcher.idle(60_000).then(() => told.push('idle'))
    await batcher.idle(10).then(() => told.push('no longer'))
    const predicted = first!.predict(pixels())
    second!.leave()
    expect(told).toEqual(['no longer'])
    end()
    await predicted
    await patient
    expect(told).toEqual(['no longer', 'idle'])
  })

  it('is idle while nothing is admitted but what is being fetched, which takes seconds', async () => {
    const { batcher, end } = controlled()
    const [fetching, other] = batcher.admit(2, never())
    const predicted = other!.predict(pixels())
    let arrive = () => {}
    const fetched = fetching!.fetch(() => new Promise<void>((resolve) => (arrive = resolve)))
    const idle = batcher.idle(60_000)
    end()
    await predicted
    await idle
    await batcher.idle(60_000)
    arrive()
    await fetched
    fetching!.leave()
    expect(batcher.depth).toBe(0)
  })
})
