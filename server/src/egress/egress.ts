/**
 * Requests of the service to addresses that users or administrators entered: back-channel logout, webhooks, other
 * identity providers. Requests are sent only to public addresses, or to networks that the operator allowed. The name is
 * resolved once, and the connection uses the checked address. Redirects are not followed; time and size are limited.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Trace } from '../tracing/tracing.ts'
import { contains, isPublic, networks } from './addresses.ts'

export type EgressReason =
  /** Neither https, nor http to an allowed network; or the URL contains credentials. */
  | 'url_not_allowed'
  /** The address is not public and not in an allowed network. */
  | 'address_not_allowed'
  /** No such name, or no answer about it. */
  | 'name_not_resolved'
  | 'connection_refused'
  /** The certificate is wrong, or the server speaks no TLS. */
  | 'tls_failed'
  | 'timeout'
  | 'body_too_large'
  /** No route, a broken connection, or an invalid answer. */
  | 'unreachable'

export type EgressInit = {
  method?: string
  headers?: Record<string, string> | Headers
  /** URLSearchParams are sent as a form. */
  body?: string | URLSearchParams | Uint8Array | null
  signal?: AbortSignal
  /** The timeout for name, connection, headers and body together. */
  timeoutMs?: number
  maxBytes?: number
  /** For a body of more than `maxBytes`: throw an error, or read only the beginning. */
  longBody?: 'refuse' | 'cut'
  /** The purpose of the request, as the name of its span. */
  purpose?: string
}

export type Egress = {
  /** Like the global fetch, but the body of the answer has been read. @throws an error that `egressReason` classifies */
  fetch(url: string | URL, init?: EgressInit): Promise<Response>
  /** Why this URL can never be requested, checked without resolving its name; for the validation of input. */
  refusalOf(url: string): 'url_not_allowed' | 'address_not_allowed' | null
}

type Resolve = (hostname: string) => Promise<LookupAddress[]>

const usual = { timeoutMs: 5_000, maxBytes: 256 * 1024 }

/** @param allowed addresses and networks (CIDR) that are allowed although they are not public */
export function createEgress(
  { allowed, trace = (_, work) => work(null) }: { allowed: readonly string[]; trace?: Trace },
  resolve: Resolve = resolveAll,
): Egress {
  const exceptions = networks(allowed)
  const isException = (address: string) => contains(exceptions, address)

  const refusalOf = (text: string) => {
    if (!URL.canParse(text)) return 'url_not_allowed'
    const url = new URL(text)
    if (url.username !== '' || url.password !== '') return 'url_not_allowed'
    if (url.protocol !== 'https:' && (url.protocol !== 'http:' || allowed.length === 0))
      return 'url_not_allowed'
    // RFC 6761 §6.3: these names are always this machine.
    const addresses = /(^|\.)localhost\.?$/.test(url.hostname) ? ['127.0.0.1', '::1'] : [literalOf(url)]
    const [address = null] = addresses
    if (addresses.some((one) => one === null || isException(one)) || address === null) return null
    if (!isPublic(address)) return 'address_not_allowed'
    return url.protocol === 'http:' ? 'url_not_allowed' : null
  }

  /** @throws when a connection to one of the addresses is not allowed */
  const check = (url: URL, addresses: readonly string[]) => {
    if (!addresses.every((address) => isException(address) || isPublic(address)))
      throw fault('address_not_allowed')
    if (url.protocol === 'http:' && !addresses.every(isException)) throw fault('url_not_allowed')
  }
  const lookupFor =
    (url: URL): LookupFunction =>
    (hostname, options, done) => {
      resolve(hostname)
        .catch((error) => {
          throw fault('name_not_resolved', error)
        })
        .then((found) => {
          const [first] = found
          if (first === undefined) throw fault('name_not_resolved')
          check(
            url,
            found.map(({ address }) => address),
          )
          if (options.all) done(null, found)
          else done(null, first.address, first.family)
        })
        .catch((error) => done(error, '', 4))
    }

  const fetched = async (url: URL, init: EgressInit): Promise<Response> => {
    const refusal = refusalOf(url.href)
    if (refusal !== null) throw fault(refusal)
    const { timeoutMs, maxBytes } = { ...usual, ...definedOnly(init) }
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = init.signal ? AbortSignal.any([timeout, init.signal]) : timeout
    try {
      const answer = await send(url, init, lookupFor(url), signal)
      return await readAnswer(answer, maxBytes, init.longBody === 'cut')
    } catch (error) {
      if (init.signal?.aborted) throw error
      throw timeout.aborted ? fault('timeout', error) : known(error)
    }
  }

  return {
    refusalOf,
    async fetch(target, init = {}) {
      const url = new URL(target)
      const { method = 'GET', purpose } = init
      const attributes = { 'http.request.method': method, 'server.address': url.hostname }
      return trace({ name: purpose ?? method, kind: 'client', attributes }, async (span) => {
        if (span === null) return fetched(url, init)
        const headers = new Headers(init.headers)
        for (const [name, value] of Object.entries(span.headers())) headers.set(name, value)
        try {
          const answer = await fetched(url, { ...init, headers })
          span.end({ attributes: { 'http.response.status_code': answer.status } })
          return answer
        } catch (error) {
          span.end({ error: egressReason(error) ?? 'aborted' })
          throw error
        }
      })
    },
  }
}

/** undefined for an error of another kind. */
export function egressReason(error: unknown): EgressReason | undefined {
  return isFault(error) ? error.egressReason : undefined
}

type EgressFault = Error & { egressReason: EgressReason }

function isFault(error: unknown): error is EgressFault {
  return error instanceof Error && 'egressReason' in error
}

const sentences: Readonly<Record<EgressReason, string>> = {
  url_not_allowed: 'the URL must begin with https:// and carry no credentials',
  address_not_allowed: 'the address is not public and not allowed by ROSTER_OUTGOING_NETWORKS',
  name_not_resolved: 'the name of the server cannot be resolved',
  connection_refused: 'the server refused the connection',
  tls_failed: 'the server has no valid certificate, or speaks no TLS',
  timeout: 'there was no complete answer in time',
  body_too_large: 'the answer is too large',
  unreachable: 'the server could not be reached',
}

function fault(reason: EgressReason, cause?: unknown): EgressFault {
  return Object.assign(new Error(sentences[reason], { cause }), { egressReason: reason })
}

function known(error: unknown): EgressFault {
  if (isFault(error)) return error
  const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
  return fault(isRefused ? 'connection_refused' : 'unreachable', error)
}

function definedOnly({ timeoutMs, maxBytes }: EgressInit): { timeoutMs?: number; maxBytes?: number } {
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...(maxBytes !== undefined && { maxBytes }) }
}

/** The IP address in the host of the URL; the URL parser has already normalised forms such as `0x7f.1`. */
function literalOf({ hostname }: URL): string | null {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return isIP(host) === 0 ? null : host
}

async function send(
  url: URL,
  init: EgressInit,
  lookupOnce: LookupFunction,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body = null } = init
  const sent = new Headers(headers)
  const isForm = body instanceof URLSearchParams
  if (isForm && !sent.has('content-type')) sent.set('content-type', 'application/x-www-form-urlencoded')
  if (!sent.has('user-agent')) sent.set('user-agent', 'roster')
  const bytes = body === null ? null : Buffer.from(isForm ? body.toString() : body)
  if (bytes !== null) sent.set('content-length', String(bytes.length))
  const options = {
    method,
    headers: { ...Object.fromEntries(sent), connection: 'close' },
    agent: false as const,
    lookup: lookupOnce,
    signal,
    maxHeaderSize: 16_384,
  }
  return new Promise((done, failed) => {
    const request: ClientRequest =
      url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options)
    let isInHandshake = false
    request.once('response', done)
    request.once('socket', (socket) => {
      if (url.protocol !== 'https:') return
      socket.once('connect', () => {
        isInHandshake = true
      })
      socket.once('secureConnect', () => {
        isInHandshake = false
      })
    })
    // An error between the connection and the end of the handshake is one of TLS, whatever its code.
    request.on('error', (error) => failed(isInHandshake ? fault('tls_failed', error) : error))
    request.end(bytes ?? undefined)
  })
}

async function readAnswer(answer: IncomingMessage, maxBytes: number, isCut: boolean): Promise<Response> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of answer) {
    parts.push(part)
    size += part.length
    if (size <= maxBytes) continue
    answer.destroy()
    if (!isCut) throw fault('body_too_large')
    break
  }
  const status = answer.statusCode ?? 0
  const headers = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  const hasBody = ![204, 205, 304].includes(status)
  if (status < 200 || status > 599) throw fault('unreachable')
  return new Response(hasBody ? Buffer.concat(parts).subarray(0, maxBytes) : null, { status, headers })
}

function resolveAll(hostname: string): Promise<LookupAddress[]> {
  return new Promise((done, failed) => {
    lookup(hostname, { all: true }, (error, found) => (error ? failed(error) : done(found)))
  })
}
