/** Lists in pages: the position is in a signed cursor, the next page in a `Link` header (RFC 8288). */

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { Type } from 'typebox'
import { actorId } from '../caller.ts'
import { isJsonObject } from '../encoding/json-object.ts'
import { AppError } from '../errors.ts'
import {
  cutPage,
  type IdPage,
  type JsonPage,
  type Page,
  type PageOf,
  type Position,
  readPosition,
} from '../page.ts'
import { sendBody } from './answers.ts'
import { freeWhenSent } from './connection/outgoing.ts'
import { json } from './route-plan.ts'
import type { AnyReply, AnyRequest } from './types.ts'

export type PageRequest = PageOf & {
  /** Whether `count=exact` was requested. */
  wantsTotal: boolean
}

const maxCursor = 1024

/** The query parameters of every list, to spread into its schema. */
export const pageParameters = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'How many items a page has.' }),
  ),
  cursor: Type.Optional(
    Type.String({
      description: 'The position of the page, from the `Link` header of another page.',
      'x-openapi': { pattern: '^[A-Za-z0-9_-]+$', maxLength: maxCursor },
    }),
  ),
  count: Type.Optional(
    Type.Literal('exact', {
      description: 'Adds `X-Total-Count`. This needs a full count, so request it only once.',
    }),
  ),
}

const macLength = 16
const pagingParameters = new Set(['limit', 'cursor', 'count'])

export type Pages = {
  /** @throws invalid_cursor for a cursor of another list, filter, order or caller */
  readPage(request: AnyRequest): PageRequest
  /** Reads and sends a page of a list in the order of ids. */
  sendPageById<Item>(
    request: AnyRequest,
    reply: AnyReply,
    list: (page: IdPage) => Promise<Item[]>,
    idOf: (item: Item) => string,
  ): Promise<never>
  /** Sends the items as a JSON array with `Link` and, when it was counted, `X-Total-Count`. */
  sendPage<Item>(request: AnyRequest, reply: AnyReply, page: Page<Item>): never
  /** The same for items that are JSON. */
  sendPageOfJson(request: AnyRequest, reply: AnyReply, page: JsonPage): never
}

/** `key` signs the cursors and is the same on every replica. `publicUrl` is the beginning of the links. */
export function createPages(key: KeyObject, publicUrl: string): Pages {
  const setHeaders = (
    request: AnyRequest,
    reply: AnyReply,
    { next, prev, total }: Omit<Page<unknown>, 'items'>,
  ) => {
    const scope = scopeOf(request)
    const seal = (letter: 'n' | 'p', position: Position) => sealCursor(key, scope, [letter, ...position])
    const links: string[] = []
    if (next) links.push(linkTo(publicUrl, request, 'next', seal('n', next)))
    if (prev) links.push(linkTo(publicUrl, request, 'prev', seal('p', prev)))
    links.push(linkTo(publicUrl, request, 'first', null))
    reply.header('link', links.join(', '))
    if (total !== undefined) reply.header('x-total-count', String(total))
  }

  const pages: Pages = {
    readPage(request) {
      const { limit, cursor, count } = isJsonObject(request.query) ? request.query : {}
      const page = { limit: typeof limit === 'number' ? limit : 50, wantsTotal: count === 'exact' }
      if (typeof cursor !== 'string') return { ...page, direction: 'next', position: null }
      const [letter, ...position] = openCursor(key, scopeOf(request), cursor)
      return { ...page, direction: letter === 'p' ? 'prev' : 'next', position }
    },
    async sendPageById(request, reply, list, idOf) {
      const page = pages.readPage(request)
      const found = await list({
        limit: page.limit + 1,
        position: page.position ? String(page.position[0]) : null,
        direction: page.direction,
      })
      return pages.sendPage(
        request,
        reply,
        cutPage(found, page, (item) => [idOf(item)]),
      )
    },
    sendPage(request, reply, page) {
      setHeaders(request, reply, page)
      return sendBody(reply, page.items)
    },
    sendPageOfJson(request, reply, page) {
      setHeaders(request, reply, page)
      reply.header('content-type', `${json}; charset=utf-8`)
      freeWhenSent(reply, page.json)
      return sendBody(reply, page.json)
    },
  }
  return pages
}

/** The context of a cursor: the list, its filter and order, and the caller. */
function scopeOf(request: AnyRequest): string {
  const { path, query } = splitTarget(request.url)
  const kept = [...new URLSearchParams(query)].filter(([name]) => !pagingParameters.has(name))
  kept.sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([path, actorId(request.caller), request.caller.apiKeyId, kept])
}

function splitTarget(url: string): { path: string; query: string } {
  const mark = url.indexOf('?')
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) }
}

function linkTo(publicUrl: string, request: AnyRequest, relation: string, cursor: string | null): string {
  const { path, query } = splitTarget(request.url)
  const parameters = new URLSearchParams(query)
  parameters.delete('cursor')
  parameters.delete('count')
  if (cursor !== null) parameters.set('cursor', cursor)
  const text = parameters.toString()
  return `<${publicUrl}${path}${text === '' ? '' : `?${text}`}>; rel="${relation}"`
}

function sealCursor(key: KeyObject, scope: string, content: Position): string {
  const bytes = Buffer.from(JSON.stringify(content))
  return Buffer.concat([mac(key, scope, bytes), bytes]).toString('base64url')
}

function openCursor(key: KeyObject, scope: string, cursor: string): Position {
  const bytes = cursor.length <= maxCursor ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0)
  if (bytes.length <= macLength || bytes.toString('base64url') !== cursor)
    throw new AppError('invalid_cursor')
  const content = bytes.subarray(macLength)
  if (!timingSafeEqual(bytes.subarray(0, macLength), mac(key, scope, content)))
    throw new AppError('invalid_cursor')
  return readPosition(content.toString('utf8'))
}

function mac(key: KeyObject, scope: string, content: Buffer): Buffer {
  const hash = createHmac('sha256', key).update(scope).update('\n').update(content)
  return hash.digest().subarray(0, macLength)
}
