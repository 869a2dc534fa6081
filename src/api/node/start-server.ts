import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, BlockList, isIPv6 } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { PureGalaxyError } from '../../errors.ts'
import type { App } from '../create-app.ts'
import { closeUnread } from './close-unread.ts'

export interface StartServerOptions {
  /** Name or address to listen on; default 127.0.0.1. */
  readonly host?: string
  /** 0 for any that is free; default 8080. */
  readonly port?: number
  /**
   * Whether others are meant to reach it, by its address or through a proxy, as they are asked for keys or all may ask. Otherwise
   * it listens on addresses of loopback alone, and answers to no names but its own. Default false.
   */
  readonly reachable?: boolean
}

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly port: number
  /** Takes no more work, lets that in hand end for so many milliseconds at most, and closes. */
  stop(grace: number): Promise<void>
}

/** Milliseconds in which the header of a request must arrive. */
const HEADER_TIME = 10_000

/** Connections at once; more are closed as they come. */
const MAX_CONNECTIONS = 1024

/**
 * Serves an app over HTTP/1.1.
 *
 * @throws PureGalaxyError `api.host` for a host that is none or not of this machine, or may be reached by others and should
 *   not; `api.port` for a port that is taken or not allowed
 */
export async function startServer(app: App, options: StartServerOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 8080, reachable = false } = options
  const address = await resolveHost(host)
  if (!reachable && !isLoopback(address))
    throw new PureGalaxyError(
      'api.host',
      `Others can reach ${host}, and there are no keys. Ask for keys (serve --keys), or allow anyone (serve --allow-anyone), or listen on 127.0.0.1.`,
    )
  const server = createAdaptorServer({
    fetch: async (request, bindings) => {
      const response = await app.fetch(request, reachable ? {} : { localNames: [nameInUrl(host)] })
      return closeUnread(response, (bindings as HttpBindings).incoming)
    },
    overrideGlobalObjects: false,
    // HTTP/1.0 names no host; balancers look after servers with it.
    hostname: 'localhost',
    serverOptions: {
      headersTimeout: HEADER_TIME,
      // The API's own deadline comes first and says so; this one is for what does not reach it.
      requestTimeout: app.uploadTime + HEADER_TIME,
      connectionsCheckingInterval: 1000,
      // Longer than the minute that proxies keep connections for: who closes first must not be the one that is asked.
      keepAliveTimeout: 65_000,
    },
  }) as Server
  server.maxConnections = MAX_CONNECTIONS
  server.timeout = app.silence + HEADER_TIME
  server.listen(port, address)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw listenError(error, host, port)
  }
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://${nameInUrl(address)}:${bound}`,
    port: bound,
    stop: (grace) => stop(server, app, grace),
  }
}

async function stop(server: Server, app: App, grace: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, grace)
  })
  // Until the work in hand is done, who asks is told that the server stops: so a balancer sees it, and sends elsewhere.
  await Promise.race([app.drain(), late])
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // Connections that are kept alive after their last answer hold up `close` until they are closed too.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  await Promise.race([closed, late])
  clearInterval(idle)
  clearTimeout(timer)
  server.closeAllConnections()
  await closed
}

async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host)).address
  } catch (cause) {
    throw new PureGalaxyError('api.host', `There is no host ${host}. Name an address of this machine.`, {
      cause,
    })
  }
}

/** A host as it stands in an address. */
const nameInUrl = (host: string): string => new URL(`http://${isIPv6(host) ? `[${host}]` : host}`).hostname

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

const isLoopback = (address: string): boolean => LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

function listenError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException
  const told = LISTEN_ERRORS[code ?? '']
  return told === undefined ? error : new PureGalaxyError(told[0], told[1](host, port), { cause: error })
}

const LISTEN_ERRORS: Readonly<
  Record<string, readonly [code: string, tell: (host: string, port: number) => string]>
> = {
  EADDRINUSE: [
    'api.port',
    (host, port) => `Port ${port} of ${host} is in use. Name another, or 0 for one that is free.`,
  ],
  EACCES: ['api.port', (_, port) => `Port ${port} is not for everybody. Name one of 1024 or above.`],
  EADDRNOTAVAIL: ['api.host', (host) => `${host} is no address of this machine. Name one that is.`],
}
