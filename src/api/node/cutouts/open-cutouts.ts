import { setMaxListeners } from 'node:events'
import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { isIP } from 'node:net'
import { LRUCache } from 'lru-cache'
import { PureGalaxyError } from '../../../errors.ts'
import {
  type Cutout,
  completeCutout,
  cutoutAddress,
  LAYER_NAME,
  LEGACY_LAYERS,
} from '../../../survey/cutout.ts'
import type { CutoutSource } from '../../cutout-source.ts'
import { checkCutout } from './check-cutout.ts'
import type { CutoutRecord } from './cutout-record.ts'
import { type DownloadOptions, download } from './download.ts'
import { busyError, HostPace, pauseFor } from './host-pace.ts'
import { pinnedLookup, type Resolve, refusedAddress, systemResolve } from './pinned-lookup.ts'
import { isPublicAddress } from './public-address.ts'
import { SharedWork } from './shared-work.ts'
import { TooBusy } from './too-busy.ts'

/** How a survey's server is asked. */
export interface CutoutLimits {
  /** Requests at once. */
  readonly atOnce: number
  /** Times that a cut-out is asked for before it is given up. */
  readonly attempts: number
  /** Milliseconds of the first pause before it is asked for again; each further one is twice as long. */
  readonly backoff: number
  /** Longest pause asked for by the server that is waited for, milliseconds. */
  readonly patience: number
  /** Milliseconds without a byte. */
  readonly idle: number
  /** Milliseconds for a whole answer. */
  readonly whole: number
  /** Bytes of the pictures that are kept. */
  readonly cacheBytes: number
}

export const DEFAULT_CUTOUT_LIMITS: CutoutLimits = {
  atOnce: 8,
  attempts: 4,
  backoff: 500,
  patience: 10_000,
  idle: 10_000,
  whole: 20_000,
  cacheBytes: 64 * 2 ** 20,
}

export interface OpenCutoutsOptions {
  /** Whether the host may have an address that is not on the public internet: a mirror of one's own. Default false. */
  readonly allowPrivate?: boolean
  /** Layers that may be asked for, the default first; default `ls-dr9`, `ls-dr10`. */
  readonly layers?: readonly string[]
  readonly limits?: Partial<CutoutLimits>
  /** Told of each cut-out; must not throw. */
  readonly onCutout?: (record: CutoutRecord) => void
  /** Finds the addresses of a host name; default: as the system does. */
  readonly resolve?: Resolve
  /** Uniform random numbers from 0 to 1, for pauses; default Math.random. */
  readonly random?: () => number
}

/** Cut-outs of one survey's server. */
export interface Cutouts extends CutoutSource {
  /** Closes idle connections and forgets what was kept. */
  close(): void
}

/** Bytes that a picture's file may have beside those of its pixels. */
const FILE_OVERHEAD = 64 * 1024

/**
 * Cut-outs from the server of a survey, or a mirror of it. Clients name places and layers, never addresses: the address is
 * `base` with a query (`cutoutAddress`). Pictures are kept as far as there is room, and a cut-out that several ask for at
 * once is fetched once. Where the server is busy or loses the connection it is asked again after a growing pause.
 *
 * @param base address of the service, such as that of the Legacy Surveys viewer's `jpeg-cutout`
 * @throws PureGalaxyError `api.cutouts` for a base that is no address for this, or layers that are none
 * @example
 * const cutouts = openCutouts('https://survey.example/jpeg-cutout')
 * const bytes = await cutouts.fetch({ ra: 184.74, dec: 47.3 }, AbortSignal.timeout(30_000))
 */
export function openCutouts(base: string, options: OpenCutoutsOptions = {}): Cutouts {
  const { allowPrivate = false, layers = LEGACY_LAYERS, random = Math.random, onCutout } = options
  const { resolve = systemResolve } = options
  const service = parseBase(base)
  const limits = { ...DEFAULT_CUTOUT_LIMITS, ...options.limits }
  const admit = (address: string) => allowPrivate || isPublicAddress(address)
  refuseLiteral(service, admit)
  if (!layers.every((layer) => LAYER_NAME.test(layer)) || layers.length === 0)
    throw new PureGalaxyError(
      'api.cutouts',
      'A layer of cut-outs must have a name of letters, digits, _, . and -, 64 at most.',
    )

  const agent = new (service.protocol === 'https:' ? SecureAgent : Agent)({ keepAlive: true })
  const connection = { agent, lookup: pinnedLookup(resolve, admit), idle: limits.idle, whole: limits.whole }
  const pace = new HostPace(limits)
  const cache = new LRUCache<string, Uint8Array>({
    maxSize: limits.cacheBytes,
    sizeCalculation: ({ length }) => length,
  })
  const shared = new SharedWork<Uint8Array>()

  async function fetchAnew(address: URL, size: number, options: DownloadOptions): Promise<Uint8Array> {
    const started = performance.now()
    let attempt = 1
    const record = () => ({ retries: attempt - 1, seconds: (performance.now() - started) / 1000 })
    try {
      for (; ; attempt++) {
        try {
          const bytes = await pace.run(() => fetchOnce(address, size, options), options.signal)
          cache.set(address.href, bytes)
          onCutout?.({ outcome: 'fetched', ...record() })
          return bytes
        } catch (error) {
          await beforeNext(error, attempt, options.signal)
        }
      }
    } catch (error) {
      const failure = error instanceof PureGalaxyError ? error.code.split('.').at(-1)! : 'internal'
      onCutout?.({ outcome: 'failed', failure, ...record() })
      throw error
    }
  }

  /** Returns when a cut-out may be asked for again; throws where it should not be. */
  async function beforeNext(error: unknown, attempt: number, signal: AbortSignal): Promise<void> {
    // Half of it by chance, so that those who failed together do not come back together.
    const pause = limits.backoff * 2 ** (attempt - 1) * (0.5 + 0.5 * random())
    const busy = error instanceof TooBusy
    if (busy) pace.pause(error.retryAfter ?? pause)
    if (attempt >= limits.attempts || !(busy || isLost(error))) throw busy ? busyError() : error
    await pauseFor(pause, signal)
  }

  return {
    async fetch(cutout: Cutout, signal, trace) {
      signal.throwIfAborted()
      // A request waits for many cut-outs, and Node takes more than ten listeners for a leak.
      setMaxListeners(0, signal)
      const complete = completeCutout(cutout, layers)
      const address = cutoutAddress(service, complete)
      const kept = cache.get(address.href)
      if (kept !== undefined) {
        onCutout?.({ outcome: 'kept' })
        return kept
      }
      if (shared.has(address.href)) onCutout?.({ outcome: 'shared' })
      const maxBytes = complete.size ** 2 * 3 + FILE_OVERHEAD
      return shared.join(address.href, signal, (signal) =>
        fetchAnew(address, complete.size, { ...connection, maxBytes, signal, trace }),
      )
    },
    close() {
      agent.destroy()
      cache.clear()
    },
  }
}

async function fetchOnce(address: URL, size: number, options: DownloadOptions): Promise<Uint8Array> {
  const answer = await download(address, options)
  await checkCutout(answer, size)
  return answer.bytes
}

/** Failures of a connection, after which the same question may be answered. */
const isLost = (error: unknown): boolean =>
  error instanceof PureGalaxyError && ['api.cutout.lost', 'api.cutout.damaged'].includes(error.code)

function parseBase(base: string): URL {
  const url = URL.canParse(base) ? new URL(base) : undefined
  const plain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url !== undefined && /^https?:$/.test(url.protocol) && plain) return url
  throw new PureGalaxyError(
    'api.cutouts',
    "The address of cut-outs must be one of http or https without user, query or fragment: that of a survey's jpeg-cutout.",
  )
}

/** An address in the place of a name is never looked up, so it is checked here; URLs have its odd spellings resolved. */
function refuseLiteral({ hostname }: URL, admit: (address: string) => boolean): void {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 && !admit(host)) throw new PureGalaxyError('api.cutouts', refusedAddress().message)
}
