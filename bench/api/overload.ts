import { type Summary, summarise } from '../statistics.ts'
import { answeredPerSecond, type LoadOrder, type LoadResult } from './load-order.ts'
import type { Served } from './served.ts'

/** A server that is asked twice as much as it can answer. */
export interface Overload {
  /** Requests per second. */
  readonly rate: Summary
  /** Answered per second, to what was answered at the concurrency of the peak just before and after; a figure a round. */
  readonly goodput: Summary
  readonly refusals: number
  /** Milliseconds of refusals. */
  readonly refused: Summary & { readonly p99: number; readonly longest: number }
  /** Requests that ended otherwise, by status or error. */
  readonly others: Readonly<Record<string, number>>
  readonly mostQueued: number
  readonly mostRequests: number
}

/** Seconds in which a server of some ten pictures a second is full, and refuses for as long again. */
const LEAST_SECONDS = 12

/** @param concurrency at which the server's peak is measured */
export async function measureOverload(
  server: Served,
  sending: (order: Omit<LoadOrder, 'url'>) => Promise<LoadResult>,
  {
    rounds,
    seconds,
    concurrency,
  }: { readonly rounds: number; readonly seconds: number; readonly concurrency: number },
): Promise<Overload> {
  // A batch more or less in a few seconds is a tenth of the peak: it is measured as long as what it is compared with.
  const length = Math.max(LEAST_SECONDS, seconds)
  const peakNow = async () => answeredPerSecond(await sending({ concurrency, seconds: length }))
  const [rates, goodputs, refused]: [number[], number[], number[]] = [[], [], []]
  const others: Record<string, number> = {}
  const stopWatching = watchQueues(server)
  let peak = await peakNow()
  for (let round = 0; round < rounds; round++) {
    const rate = 2 * peak
    const result = await sending({ rate, seconds: length })
    const next = await peakNow()
    rates.push(rate)
    goodputs.push((2 * answeredPerSecond(result)) / (peak + next))
    refused.push(...result.refused)
    for (const [end, count] of Object.entries(result.others)) others[end] = (others[end] ?? 0) + count
    peak = next
  }
  refused.sort((a, b) => a - b)
  return {
    rate: summarise(rates),
    goodput: summarise(goodputs),
    refusals: refused.length,
    refused: {
      ...summarise(refused),
      p99: refused[Math.floor(0.99 * refused.length)] ?? 0,
      longest: refused.at(-1) ?? 0,
    },
    others,
    ...(await stopWatching()),
  }
}

/** Asks for the metrics twice a second; the function that it gives ends that, and tells the most that was seen. */
function watchQueues(server: Served): () => Promise<Pick<Overload, 'mostQueued' | 'mostRequests'>> {
  let [mostQueued, mostRequests] = [0, 0]
  const look = async () => {
    const metrics = await server.metrics()
    const queued = [...metrics].filter(([name]) => name.startsWith('puregalaxy_queue_pictures'))
    mostQueued = Math.max(mostQueued, ...queued.map(([, pictures]) => pictures))
    mostRequests = Math.max(mostRequests, metrics.get('puregalaxy_requests_in_work')!)
  }
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, 500)
  return async () => {
    clearInterval(timer)
    await looking
    return { mostQueued, mostRequests }
  }
}
