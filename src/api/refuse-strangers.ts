import { PureGalaxyError } from '../errors.ts'

/** Names of this machine that no stranger can give an address of their own, nor have lead here. */
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** What a page may ask for: it cannot read the answer of another site. */
const HARMLESS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses what a stranger has the browser of a user ask of a server that only this machine reaches and that knows nobody by a
 * key. A page can have its own name lead to 127.0.0.1 (DNS rebinding), and read the answers then; and it can send a form to any address
 * without being asked whether it may.
 *
 * @param names by which the server may be asked too, as they stand in addresses
 * @throws PureGalaxyError `api.misdirected`, `api.cross-site`
 */
export function refuseStrangers(request: Request, names: readonly string[]): void {
  const name = new URL(request.url).hostname.replace(/\.$/, '')
  if (!LOCAL.test(name) && !names.includes(name))
    throw new PureGalaxyError(
      'api.misdirected',
      'Without keys this server answers to localhost, 127.0.0.1 and [::1] alone, as web pages could ask it under other names. Use one of these. Where a proxy asks, have it send one of them as Host, or start the server with keys (--keys) or for anyone (--allow-anyone).',
    )
  if (!HARMLESS.has(request.method) && isCrossSite(request))
    throw new PureGalaxyError(
      'api.cross-site',
      'A page of another site sent this, which a server without keys does not take. Send it from elsewhere than a page, or start the server with keys (--keys) or for anyone (--allow-anyone).',
    )
}

/** Browsers say where a page came from; older ones by its origin alone. */
function isCrossSite({ headers, url }: Request): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'cross-site'
  const origin = headers.get('origin')
  return origin !== null && (!URL.canParse(origin) || new URL(origin).host !== new URL(url).host)
}
