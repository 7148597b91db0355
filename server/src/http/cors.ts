/** Cross-origin requests of scripts (the Fetch standard), for exactly the origins that are configured. */
import type { AnyReply, AnyRequest } from './app.ts'

const exposed =
  'ETag, Link, Location, X-Total-Count, X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, Idempotency-Replayed, WWW-Authenticate'
const allowedHeaders =
  'Authorization, Content-Type, Accept, If-Match, If-None-Match, Idempotency-Key, X-Request-Id, X-Requested-With, Traceparent, Tracestate, Baggage, Sentry-Trace'
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE'

/**
 * Adds the headers for a request from a configured origin; gives true when it was a preflight, which then wants
 * an empty 204. Other origins get nothing. Cookies are never allowed across origins.
 */
export type Cors = (request: AnyRequest, reply: AnyReply) => boolean

export function cors(origins: readonly string[]): Cors | null {
  if (origins.length === 0) return null
  const known = new Set(origins.map((origin) => origin.toLowerCase()))
  return (request, reply) => {
    const origin = request.headers.origin
    if (origin === undefined || !known.has(origin)) return false
    reply.header('access-control-allow-origin', origin)
    reply.header('cross-origin-resource-policy', 'cross-origin')
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    if (!isPreflight) {
      reply.header('access-control-expose-headers', exposed)
      return false
    }
    reply.header('access-control-allow-methods', allowedMethods)
    reply.header('access-control-allow-headers', allowedHeaders)
    reply.header('access-control-max-age', '600')
    return true
  }
}
