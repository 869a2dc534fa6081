import ipaddr from 'ipaddr.js'

/** What IANA has given out of IPv6 for use between networks; the rest is reserved. */
const GLOBAL_UNICAST = ipaddr.IPv6.parse('2000::')

/**
 * Whether an IP address belongs to the public internet: not to this machine, its networks or its provider, and not to
 * ranges for documentation, multicast or translation. An IPv4 address in IPv6 clothes is taken for what it is.
 *
 * @example isPublicAddress('::ffff:127.0.0.1') // false
 */
export function isPublicAddress(text: string): boolean {
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST, 3)
}
