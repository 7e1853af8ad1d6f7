// Which addresses a request may go to. A host that a registry names (realm, redirect, Link, foreign layer) is a stranger's word:
// it may not reach further inside than the registry that named it already is (GHSA-9m43-p3cx-w8j5 and its kin).
import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** How far inside an address is: everyone's, this network's, this machine's, or never a target (metadata, unspecified, multicast). */
export type Reach = 'public' | 'private' | 'loopback' | 'forbidden'

const ORDER: readonly Reach[] = ['public', 'private', 'loopback', 'forbidden']

const REACH_OF_RANGE: Readonly<Record<string, Reach>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  loopback: 'loopback',
}

/** IPv4 addresses that stand inside IPv6 ones (mapped, 6to4, NAT64) count as what they hold. */
function unwrap(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  const bytes = address.toByteArray()
  const range = address.range()
  if (range === '6to4') return ipaddr.fromByteArray(bytes.slice(2, 6))
  if (range === 'rfc6052' || range === 'rfc6145') return ipaddr.fromByteArray(bytes.slice(12, 16))
  return address
}

/** How far inside `address` (an IP literal, brackets allowed) is; anything that is no address is 'forbidden'. */
export function reachOf(address: string): Reach {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  if (!ipaddr.isValid(bare)) return 'forbidden'
  return REACH_OF_RANGE[unwrap(ipaddr.parse(bare)).range()] ?? 'forbidden'
}

/** true where an address of reach `reach` may be asked under the bound `most`. */
export function within(reach: Reach, most: Reach): boolean {
  return reach !== 'forbidden' && ORDER.indexOf(reach) <= ORDER.indexOf(most)
}

/** Thrown (as a socket error) when a name resolves to nowhere that may be asked. */
class BlockedAddressError extends Error {
  readonly code = 'ERR_BLOCKED_ADDRESS'
}

/** A `lookup` for sockets that gives only the addresses allowed by `most`, so that what was checked is what is connected to. */
export function guardedLookup(most: Reach): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, [])
      const allowed = addresses.filter(({ address }) => within(reachOf(address), most))
      const [first] = allowed
      if (first === undefined) {
        return callback(new BlockedAddressError(`${hostname} resolves to an address that may not be asked`), [])
      }
      if (options.all) return callback(null, allowed)
      callback(null, first.address, first.family)
    })
  }
}

/** The reach of a host as it resolves now: the furthest inside of its addresses ('forbidden' ones left out), 'public' where there is none. */
export async function resolveReach(hostname: string): Promise<Reach> {
  const bare = hostname.replace(/^\[|\]$/g, '')
  if (isIP(bare)) return reachOf(bare)
  const addresses = await new Promise<LookupAddress[]>((resolve) => {
    dnsLookup(bare, { all: true }, (error, found) => resolve(error ? [] : found))
  })
  const reaches = addresses.map(({ address }) => reachOf(address)).filter((reach) => reach !== 'forbidden')
  return reaches.reduce<Reach>((most, reach) => (ORDER.indexOf(reach) > ORDER.indexOf(most) ? reach : most), 'public')
}
