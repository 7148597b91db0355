/** Which network address a request comes from, as far as it can be trusted. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'

export type AddressOf = (request: IncomingMessage) => string

/** In which the server of an application says for which client it asks. */
export const clientAddressHeader = 'roster-client-address'

/**
 * Without trusted proxies the address of the connection. With them (addresses or CIDR ranges) the right-most
 * entry of `X-Forwarded-For` that is not one of them, and only when the connection itself comes from one. When that
 * is the address of a trusted back end, the address of the client that it names.
 */
export function addressReader(
  trustedProxies: readonly string[],
  trustedBackends: readonly string[] = [],
): AddressOf {
  const senderOf = senderReader(trustedProxies)
  if (trustedBackends.length === 0) return senderOf
  const trusted = trustedRanges(trustedBackends)
  return (request) => {
    const sender = senderOf(request)
    const named = request.headers[clientAddressHeader]
    if (typeof named !== 'string' || !isTrusted(trusted, sender)) return sender
    const client = plainAddress(named.trim())
    return isIP(client) === 0 ? sender : client
  }
}

function senderReader(trustedProxies: readonly string[]): AddressOf {
  if (trustedProxies.length === 0) return peerAddress
  const trusted = trustedRanges(trustedProxies)
  return (request) => {
    let address = peerAddress(request)
    const forwarded = request.headers['x-forwarded-for']
    if (forwarded === undefined) return address
    const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',')
    while (hops.length > 0 && isTrusted(trusted, address)) {
      const hop = plainAddress(withoutPort(hops.pop()!.trim()))
      if (isIP(hop) === 0) break
      address = hop
    }
    return address
  }
}

/** The part of an address that one customer of a network owns: the whole of an IPv4, the /64 of an IPv6. */
export function networkOf(address: string): string {
  return isIPv6(address) ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address
}

/**
 * The networks of an address that may belong to one customer, the narrowest first: an IPv4 alone; the /64, /56 and /48 of
 * an IPv6.
 */
export function networksOf(address: string): readonly [string, ...string[]] {
  if (!isIPv6(address)) return [address]
  const [first, second, third, fourth] = groupsOf(address) as [string, string, string, string]
  const site = `${first}:${second}:${third}`
  const upperByte = (Number.parseInt(fourth, 16) & 0xff00).toString(16)
  return [`${site}:${fourth}::/64`, `${site}:${upperByte}::/56`, `${site}::/48`]
}

/** The eight groups of an IPv6 without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...new Array<string>(zeros).fill('0'), ...right].map((group) =>
    group.toLowerCase().replace(/^0+(?=.)/, ''),
  )
}

function peerAddress(request: IncomingMessage): string {
  return plainAddress(request.socket.remoteAddress ?? '')
}

/** Some proxies add the port or quote the address: `1.2.3.4:5000`, `"[2001:db8::1]:5000"`. */
function withoutPort(hop: string): string {
  const plain = hop.replace(/^"(.*)"$/, '$1')
  return /^\[([^\]]+)\](?::\d{1,5})?$/.exec(plain)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(plain)?.[1] ?? plain
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

function trustedRanges(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

function isTrusted(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
