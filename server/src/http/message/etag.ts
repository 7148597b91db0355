/** Strong ETags of single resources, and conditional requests (RFC 9110 §8.8.3, §13). */

import { AppError } from '../../errors.ts'
import type { IfMatch } from '../../if-match.ts'
import { sendBody, untyped } from '../answers.ts'
import type { AnyReply, AnyRequest } from '../types.ts'

const entityTag = /\s*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)/y

/**
 * The answer of a handler: a resource with the ETag `"<version>"`, or 304 without a body if `If-None-Match` contains that
 * version.
 */
export function sendResource(request: AnyRequest, reply: AnyReply, body: unknown, version: number): never {
  const tag = `"${version}"`
  reply.header('etag', tag)
  const known = request.headers['if-none-match']
  if (known !== undefined && isRead(request) && names(known, tag)) {
    reply.code(304)
    return sendBody(reply)
  }
  // Fastify sends the returned value; returning the reply would make it wait again.
  return untyped(body)
}

/** The answer 201 of a handler: a created resource with its ETag and its address. */
export function sendCreated(reply: AnyReply, location: string, body: unknown, version: number): never {
  reply.header('etag', `"${version}"`).header('location', location).code(201)
  return untyped(body)
}

/**
 * The versions in `If-Match`: null without the header, `*` for any, else a list. Weak and foreign tags match nothing, so
 * they are left out.
 * @throws bad_request when the header is malformed
 */
export function ifMatch(request: Pick<AnyRequest, 'headers'>): IfMatch {
  const header = request.headers['if-match']
  if (header === undefined) return null
  if (header.trim() === '*') return '*'
  const tags = entityTags(header)
  if (tags === null)
    throw new AppError('bad_request', { detail: 'The If-Match header is not a list of ETags.' })
  return tags.flatMap((tag) => (/^"\d{1,15}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []))
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

function entityTags(header: string): string[] | null {
  const tags: string[] = []
  entityTag.lastIndex = 0
  while (entityTag.lastIndex < header.length) {
    const match = entityTag.exec(header)
    if (!match) return null
    tags.push(match[1]!)
  }
  return tags.length > 0 ? tags : null
}
