/** Cross-origin requests of scripts (the Fetch standard), for exactly the origins that are configured. */
import type { AnyReply, AnyRequest } from '../types.ts'

const exposed =
  'ETag, Link, Location, X-Total-Count, X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, Idempotency-Replayed, WWW-Authenticate'
const usualHeaders =
  'Authorization, Content-Type, Accept, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, X-Requested-With, Traceparent, Tracestate, Baggage, Sentry-Trace'.split(
    ', ',
  )
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE'

/**
 * Adds the headers for a request from a configured origin. Returns true for a preflight, which must be answered with an
 * empty 204. Other origins get no headers. Cookies are never allowed across origins.
 */
export type Cors = (request: AnyRequest, reply: AnyReply) => boolean

/** `refused` is called with the reason why the browser will not send the request of a preflight. */
export function cors(
  { corsOrigins, corsHeaders = [] }: { corsOrigins: readonly string[]; corsHeaders?: readonly string[] },
  refused: (request: AnyRequest, origin: string, reason: string) => void,
): Cors {
  const known = new Set(corsOrigins.map((origin) => origin.toLowerCase()))
  const allowedHeaders = [...usualHeaders, ...corsHeaders].join(', ')
  const allowed = new Set(allowedHeaders.toLowerCase().split(', '))
  return (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined) return false
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    if (!known.has(origin)) {
      if (isPreflight) refused(request, shownOrigin(origin), 'the origin is not in ROSTER_CORS_ORIGINS')
      return false
    }
    reply.header('access-control-allow-origin', origin)
    reply.header('cross-origin-resource-policy', 'cross-origin')
    if (!isPreflight) {
      reply.header('access-control-expose-headers', exposed)
      return false
    }
    const unknown = unknownHeader(allowed, request.headers['access-control-request-headers'])
    if (unknown !== undefined)
      refused(request, shownOrigin(origin), `scripts may not send the header ${unknown}`)
    reply.header('access-control-allow-methods', allowedMethods)
    reply.header('access-control-allow-headers', allowedHeaders)
    reply.header('access-control-max-age', '600')
    return true
  }
}

/** The value of the client is logged only if it has the form of an origin. */
const shownOrigin = (origin: string) => (/^https?:\/\/[\w.:[\]-]{1,200}$/.test(origin) ? origin : 'none')

/** The first requested header that is not allowed. */
function unknownHeader(allowed: ReadonlySet<string>, wanted: string | undefined): string | undefined {
  const unknown = (wanted ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .find((name) => name !== '' && !allowed.has(name))
  return unknown === undefined || /^[\w-]{1,60}$/.test(unknown) ? unknown : 'of a name that is not shown'
}
