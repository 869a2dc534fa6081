import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { cutoutError } from './cutout-error.ts'

/** The addresses of a host name, as the system has them now. */
export type Resolve = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>

export const systemResolve: Resolve = (host) => lookup(host, { all: true })

/**
 * How a connection finds the addresses of its host: the name is resolved once, and the connection is made to one of the
 * addresses that were looked at. A name that is resolved for the check and again for the connection may give another one
 * the second time.
 *
 * @param admit whether an address may be connected to; those that may not are left out
 */
export function pinnedLookup(resolve: Resolve, admit: (address: string) => boolean): LookupFunction {
  return function pinned(host, options, callback) {
    const fail = (error: Error) => callback(error, '')
    resolve(host).then(
      (addresses) => {
        const admitted = addresses.filter(({ address }) => admit(address))
        const [first] = admitted
        if (first === undefined) fail(refusedAddress())
        else if (options.all) callback(null, [...admitted])
        else callback(null, first.address, first.family)
      },
      (error: Error) => fail(error),
    )
  }
}

/** An error for a host that has no address on the public internet. */
export const refusedAddress = () =>
  cutoutError(
    'address',
    'The host of the cut-outs has no public address, and this server connects to no other. Where it is a mirror, start with --cutouts-allow-private.',
  )
