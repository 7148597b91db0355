/** Checks a message before it is routed: first the framing, last the target. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { ErrorCode } from '../../errors.ts'

const maxPath = 8 * 1024
const maxQuery = 4 * 1024
const maxHeaderBlock = 16 * 1024
const hostName = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/
const visibleAscii = /^[\x21-\x7e]+$/
const singleHeaders = new Map([
  ['host', 1],
  ['authorization', 2],
  ['content-type', 4],
])

export type Refusal = { code: ErrorCode; detail?: string }

/** The fault of a message; null when it is valid. An absolute-form target of this server is rewritten to its path. */
export function findRefusal(request: IncomingMessage, ownHost: string): Refusal | null {
  return findHeaderRefusal(request) ?? findTargetRefusal(request, ownHost)
}

function findHeaderRefusal(request: IncomingMessage): Refusal | null {
  const raw = request.rawHeaders
  let size = 0
  let seen = 0
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!
    size += name.length + raw[index + 1]!.length + 4
    const kind = singleKind(name)
    if (kind === 0) continue
    if (seen & kind) return bad(`More than one ${name} header.`)
    seen |= kind
  }
  if (size > maxHeaderBlock) return { code: 'headers_too_large' }
  // A proxy may ignore the body of such a message and treat it as the next request (RFC 9112 §6.1).
  if (request.httpVersionMinor === 0 && request.headers['transfer-encoding'] !== undefined)
    return bad('HTTP/1.0 has no Transfer-Encoding.')
  const host = request.headers.host
  if (host === undefined) return request.httpVersionMinor === 0 ? null : bad('The Host header is missing.')
  return hostName.test(host) ? null : bad('The Host header is malformed.')
}

/**
 * A bit for each header that may occur only once. The length is compared first, because most header names are not in
 * the list.
 */
function singleKind(name: string): number {
  if (name.length !== 4 && name.length !== 12 && name.length !== 13) return 0
  return singleHeaders.get(name.toLowerCase()) ?? 0
}

function findTargetRefusal(request: IncomingMessage, ownHost: string): Refusal | null {
  let target = request.url ?? ''
  if (target.charCodeAt(0) !== 0x2f) {
    if (target === '*' && request.method === 'OPTIONS') return null
    const path = pathOfOwn(target, request, ownHost)
    if (path === null) return bad('The request target is not one of this server.')
    target = request.url = path
  }
  const mark = target.indexOf('?')
  const pathLength = mark === -1 ? target.length : mark
  if (pathLength > maxPath || target.length - pathLength - 1 > maxQuery) return { code: 'uri_too_long' }
  if (!visibleAscii.test(target) || target.includes('#')) return bad('The request target is malformed.')
  if (!target.includes('%') && !target.includes('/.')) return null
  return findPathRefusal(target.slice(0, pathLength))
}

function findPathRefusal(path: string): Refusal | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return bad('The path is not valid percent-encoded UTF-8.')
  }
  if (/[\u0000-\u001f\u007f]/.test(decoded)) return bad('The path has control characters.')
  return /\/\.\.?(?:\/|$)/.test(decoded) ? bad('The path has dot segments.') : null
}

/**
 * The path of an absolute-form target (RFC 9112 §3.2.2) if its host is the public one or the local address of the
 * connection; else null.
 */
function pathOfOwn(target: string, request: IncomingMessage, ownHost: string): string | null {
  const match = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target)
  if (!match) return null
  const [, named = '', rest = ''] = match
  const host = named.toLowerCase()
  if (host !== ownHost && !(host === request.headers.host?.toLowerCase() && isLocal(host, request)))
    return null
  return rest.startsWith('/') ? rest : `/${rest}`
}

function isLocal(host: string, request: IncomingMessage): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  if (name === 'localhost') return true
  const local = request.socket.localAddress ?? ''
  return isIP(name) !== 0 && (local === name || local === `::ffff:${name}`)
}

function bad(detail: string): Refusal {
  return { code: 'bad_request', detail }
}
