/** Finds the trusted network address of the client. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { type ForwardedHeader, forwardedFrom } from './forwarded.ts'

export type AddressOf = (request: IncomingMessage) => string

/** The header in which an application server sends the address of its client. */
export const clientAddressHeader = 'roster-client-address'

export type ForwardedOptions = {
  /** Addresses or CIDR ranges. */
  trustedProxies: readonly string[]
  trustedProxyHops?: number | null
  forwardedHeader?: ForwardedHeader
  trustedBackends?: readonly string[]
}

/**
 * The address of the client. Without trusted proxies it is the address of the connection. If the connection comes from
 * a trusted proxy (by address or CIDR range), it is the right-most entry of the header that is not a trusted proxy.
 * With a number of proxies, it is the entry that the first proxy added. If the result is a trusted back end, it is the
 * client address that the back end sends.
 */
export function addressReader(options: ForwardedOptions): AddressOf {
  const { trustedBackends = [] } = options
  const senderOf = senderReader(options)
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

function senderReader(options: ForwardedOptions): AddressOf {
  const { trustedProxies, trustedProxyHops, forwardedHeader = 'x-forwarded-for' } = options
  const hops = trustedProxyHops ?? 0
  if (trustedProxies.length === 0 && hops === 0) return peerAddress
  const trusted = trustedRanges(trustedProxies)
  return (request) => {
    let address = peerAddress(request)
    let count = 0
    for (const sent of forwardedFrom(request.headers[forwardedHeader], forwardedHeader)) {
      if (count >= hops && !isTrusted(trusted, address)) break
      const hop = plainAddress(sent)
      if (isIP(hop) === 0) break
      address = hop
      count += 1
    }
    return address
  }
}

/** The network of one customer: the complete IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  return isIPv6(address) ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address
}

/**
 * The networks of an address that may belong to one customer, the narrowest first: the IPv4 address, or the /64, /56 and
 * /48 of an IPv6 address.
 */
export function networksOf(address: string): readonly [string, ...string[]] {
  if (!isIPv6(address)) return [address]
  const [first = '0', second = '0', third = '0', fourth = '0'] = groupsOf(address)
  const site = `${first}:${second}:${third}`
  const upperByte = (Number.parseInt(fourth, 16) & 0xff00).toString(16)
  return [`${site}:${fourth}::/64`, `${site}:${upperByte}::/56`, `${site}::/48`]
}

/** The eight groups of an IPv6 address without leading zeros. */
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
