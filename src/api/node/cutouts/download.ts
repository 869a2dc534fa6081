import { type Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { PureGalaxyError } from '../../../errors.ts'
import { VERSION } from '../../../version.ts'
import type { TraceContext } from '../../trace-context.ts'
import { cutoutError } from './cutout-error.ts'
import { parseRetryAfter, TooBusy } from './too-busy.ts'

export interface DownloadOptions {
  readonly agent: Agent
  readonly lookup: LookupFunction
  /** Most bytes of the body. */
  readonly maxBytes: number
  /** Milliseconds without a byte, from the connection on. */
  readonly idle: number
  /** Milliseconds for the whole. */
  readonly whole: number
  readonly signal: AbortSignal
  readonly trace?: TraceContext
}

/** A body that arrived whole. */
export interface Download {
  readonly bytes: Uint8Array
  /** Media type in small letters, without parameters. */
  readonly type: string
}

/**
 * One GET over HTTP or HTTPS: no redirect is followed, no encoding taken, and no more read than allowed.
 *
 * @throws TooBusy for 429 and 503; PureGalaxyError `api.cutout.…` for other statuses, failed connections and limits; the
 *   signal's reason
 */
export async function download(address: URL, options: DownloadOptions): Promise<Download> {
  const clock = startClock(options)
  try {
    const response = await begin(address, options, clock)
    try {
      checkHead(response, options.maxBytes)
      return {
        bytes: await readWhole(response, options.maxBytes, clock),
        type: (response.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase(),
      }
    } finally {
      // Ends the connection where the body was not read to its end.
      response.destroy()
    }
  } catch (error) {
    throw clock.signal.aborted ? clock.signal.reason : connectionError(error)
  } finally {
    clock.stop()
  }
}

function begin(address: URL, options: DownloadOptions, clock: Clock): Promise<IncomingMessage> {
  const { agent, lookup, trace } = options
  const settings: RequestOptions = {
    agent,
    lookup,
    signal: clock.signal,
    headers: {
      accept: 'image/jpeg, image/png, image/webp',
      'accept-encoding': 'identity',
      'user-agent': `puregalaxy/${VERSION}`,
      ...trace,
    },
  }
  return new Promise((resolve, reject) => {
    const send = address.protocol === 'https:' ? secureRequest : request
    send(address, settings)
      .once('response', resolve)
      .on('error', reject)
      // Of a connection that turns to another protocol nothing else is heard.
      .once('close', () => reject(lostError()))
      .end()
  })
}

function checkHead({ statusCode = 0, headers }: IncomingMessage, maxBytes: number): void {
  if (statusCode === 429 || statusCode === 503) throw new TooBusy(parseRetryAfter(headers['retry-after']))
  if (statusCode >= 300 && statusCode < 400)
    throw cutoutError('redirect', "The survey's server sends on to another address, which is not followed.")
  if (statusCode !== 200)
    throw cutoutError('status', `The survey's server answered ${statusCode}, and a picture was expected.`)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity')
    throw cutoutError('type', "The survey's server encodes its answer, and a picture as it is was expected.")
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

async function readWhole(response: IncomingMessage, maxBytes: number, clock: Clock): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    clock.tick()
    length += chunk.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

const tooLarge = (maxBytes: number) =>
  cutoutError(
    'too-large',
    `The survey's answer is larger than ${maxBytes} bytes, more than such a picture is.`,
  )

/** The time of a download: its signal is aborted when it is up, or the download is not wanted any more. */
interface Clock {
  readonly signal: AbortSignal
  /** A byte came. */
  tick(): void
  stop(): void
}

function startClock({ idle, whole, signal }: DownloadOptions): Clock {
  const controller = new AbortController()
  const end = (milliseconds: number, what: string) => () =>
    controller.abort(
      cutoutError('slow', `The survey's server ${what} within ${milliseconds / 1000} s. Try again later.`),
    )
  const wholeTimer = setTimeout(end(whole, 'did not send all of the picture'), whole)
  const idleTimer = setTimeout(end(idle, 'sent nothing'), idle)
  const leave = () => controller.abort(signal.reason)
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  return {
    signal: controller.signal,
    tick: () => void idleTimer.refresh(),
    stop: () => {
      clearTimeout(wholeTimer)
      clearTimeout(idleTimer)
      signal.removeEventListener('abort', leave)
    },
  }
}

const lostError = (cause?: unknown) =>
  cutoutError('lost', "The survey's server closed the connection before its answer was whole.", cause)

/** Codes of connections that were closed before the answer was whole. */
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])

/** What Node says of a connection in our words; what is no error of a connection stays as it is. */
function connectionError(error: unknown): unknown {
  if (error instanceof PureGalaxyError || error instanceof TooBusy) return error
  const { code } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') return error
  if (LOST.has(code)) return lostError(error)
  if (code.startsWith('HPE_'))
    return cutoutError('protocol', `The survey's server does not answer as HTTP has it (${code}).`, error)
  return cutoutError('unreachable', `The survey's server cannot be reached (${code}).`, error)
}
