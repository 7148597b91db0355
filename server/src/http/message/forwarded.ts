/** The addresses that proxies add to a request: `X-Forwarded-For`, or `Forwarded` (RFC 7239). */

export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

/**
 * The addresses, that of the last proxy first, without ports, brackets and quotes. An entry without an address is
 * returned as text.
 */
export function forwardedFrom(sent: string | string[] | undefined, header: ForwardedHeader): string[] {
  if (sent === undefined) return []
  const text = Array.isArray(sent) ? sent.join(',') : sent
  const entries = fromTheRight(text, ',')
  return entries.map((entry) => withoutPort(header === 'forwarded' ? forOf(entry) : entry.trim()))
}

/**
 * Splits at separators outside of quotes, from the right, so that an unclosed quote of the client does not affect the
 * entries that proxies added.
 */
function fromTheRight(text: string, separator: string): string[] {
  const parts: string[] = []
  let end = text.length
  let isQuoted = false
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (text[at] === '"') isQuoted = !isQuoted
    if (text[at] !== separator || isQuoted) continue
    parts.push(text.slice(at + 1, end))
    end = at
  }
  parts.push(text.slice(0, end))
  return parts
}

/** The value of `for=` in one element of `Forwarded`; empty without one. */
function forOf(element: string): string {
  const pair = fromTheRight(element, ';').find((part) => /^\s*for\s*=/i.test(part))
  return pair === undefined ? '' : pair.slice(pair.indexOf('=') + 1).trim()
}

/** Some proxies add the port or quote the address: `1.2.3.4:5000`, `"[2001:db8::1]:5000"`. */
function withoutPort(hop: string): string {
  const plain = hop.replace(/^"(.*)"$/, '$1')
  return /^\[([^\]]+)\](?::\d{1,5})?$/.exec(plain)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(plain)?.[1] ?? plain
}
