/** Which IP addresses are public. Requests to other addresses could reach services that trust their own network. */
import { BlockList, isIP, isIPv4 } from 'node:net'

/** IANA IPv4 Special-Purpose Address Registry, multicast, and reserved networks. */
const notPublic4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]
/** Global unicast is 2000::/3. Within it: protocol assignments with Teredo, documentation, and 6to4. */
const global6 = ['2000::/3']
const notPublic6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']
/** The last 32 bits are an IPv4 address: mapped addresses, and NAT64 (RFC 6052). */
const embedding = networks(['::ffff:0:0/96', '64:ff9b::/96'])

const special4 = networks(notPublic4)
const global = networks(global6)
const special6 = networks(notPublic6)

/** A list of addresses and networks (CIDR). */
export function networks(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

export function contains(list: BlockList, address: string): boolean {
  const plain = embedded4(address) ?? address
  return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6')
}

export function isPublic(address: string): boolean {
  const plain = embedded4(address) ?? address
  if (isIP(plain) === 0) return false
  if (isIPv4(plain)) return !special4.check(plain, 'ipv4')
  return global.check(plain, 'ipv6') && !special6.check(plain, 'ipv6')
}

function embedded4(address: string): string | null {
  if (isIP(address) !== 6 || address.includes('%') || !embedding.check(address, 'ipv6')) return null
  // The URL parser writes an IPv6 address in its shortest form, with the last 32 bits as two groups.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':')
  const [high = '0', low = '0'] = groups.slice(-2).map((group) => group || '0')
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.')
}
