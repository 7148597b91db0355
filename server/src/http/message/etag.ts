/** The answers with a single resource: its strong ETag, and 304 for `If-None-Match` (RFC 9110 §8.8.3, §13). */

import { entityTags } from '../../if-match.ts'
import { sendBody, untyped } from '../answers.ts'
import { json } from '../route-plan.ts'
import type { AnyReply, AnyRequest } from '../types.ts'

/**
 * The answer of a handler: a resource with the ETag `"<version>"`, or 304 without a body if `If-None-Match` contains that
 * version. `body` is an object or the text of its JSON.
 */
export function sendResource(request: AnyRequest, reply: AnyReply, body: unknown, version: number): never {
  const tag = `"${version}"`
  reply.header('etag', tag)
  const known = request.headers['if-none-match']
  if (known !== undefined && isRead(request) && names(known, tag)) {
    reply.code(304)
    return sendBody(reply)
  }
  if (typeof body === 'string') reply.header('content-type', `${json}; charset=utf-8`)
  // Fastify sends the returned value; returning the reply would make it wait again.
  return untyped(body)
}

/** The answer 201 of a handler: a created resource with its ETag and its address. */
export function sendCreated(reply: AnyReply, location: string, body: unknown, version: number): never {
  reply.header('etag', `"${version}"`).header('location', location).code(201)
  return untyped(body)
}

function isRead(request: AnyRequest): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

/** The weak comparison of `If-None-Match`. A malformed header matches nothing. */
function names(header: string, tag: string): boolean {
  if (header === tag || header.trim() === '*') return true
  const tags = entityTags(header)
  return tags?.some((one) => (one.startsWith('W/') ? one.slice(2) : one) === tag) ?? false
}
