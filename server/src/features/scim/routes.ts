import { Type } from 'typebox'
import { isJsonObject, type JsonObject } from '../../encoding/json-object.ts'
import { sendBody } from '../../http/answers.ts'
import { freeWhenSent } from '../../http/connection/outgoing.ts'
import { scimJson } from '../../http/scim.ts'
import type { AnyReply, AnyRequest, App } from '../../http/types.ts'
import { maxPayload } from './discovery.ts'
import type { Scim } from './feature.ts'
import { parametersIn, parametersOf } from './query.ts'
import type { ScimAnswer, ScimRequest } from './service.ts'

const media = {
  hidden: true,
  produces: [scimJson, 'application/json'],
  consumes: [scimJson, 'application/json'],
}
const reads = { ...media, access: ['scim:read', 'scim:write'] as const, large: true }
const writes = { ...media, access: 'scim:write' as const, large: true }
const anyQuery = { querystring: Type.Object({}, { additionalProperties: true }) }
const anyBody = { ...anyQuery, body: Type.Unsafe<JsonObject>({ type: 'object' }) }
const types = ['Users', 'Groups'] as const

/** SCIM describes itself under `/scim/v2/Schemas`; the OpenAPI document leaves it out. */
export const scimRoutes = (scim: Scim) => (app: App) => {
  const { discovery } = scim
  const show = (path: string, document: (id: string) => object) =>
    app.get(path, { config: reads, schema: anyQuery }, (request, reply) => {
      const id = idIn(request) ?? ''
      return send(reply, document(id))
    })
  show('/scim/v2/ServiceProviderConfig', () => discovery.config)
  show('/scim/v2/ResourceTypes', () => discovery.resourceTypes)
  show('/scim/v2/ResourceTypes/:id', discovery.resourceType)
  show('/scim/v2/Schemas', () => discovery.schemas)
  show('/scim/v2/Schemas/:id', discovery.schema)

  for (const type of types) {
    const perform =
      (method: ScimRequest['method']) =>
      async (request: AnyRequest, reply: AnyReply): Promise<never> =>
        sendAnswer(request, reply, await scim.perform(request.caller, asked(request, method, type)))
    const [all, one] = [`/scim/v2/${type}`, `/scim/v2/${type}/:id`]
    app.get(all, { config: reads, schema: anyQuery }, async (request, reply) =>
      sendAnswer(request, reply, await scim.list(request.caller, type, parametersOf(searchOf(request.url)))),
    )
    app.post(`${all}/.search`, { config: reads, schema: anyBody }, async (request, reply) =>
      sendAnswer(request, reply, await scim.list(request.caller, type, parametersIn(request.body))),
    )
    const large = { config: writes, schema: anyBody, bodyLimit: maxPayload }
    app.post(all, large, perform('POST'))
    app.get(one, { config: reads, schema: anyQuery }, perform('GET'))
    app.put(one, large, perform('PUT'))
    app.patch(one, large, perform('PATCH'))
    app.delete(one, { config: writes, schema: anyQuery }, perform('DELETE'))
  }

  app.post('/scim/v2/.search', { config: reads, schema: anyBody }, async (request, reply) =>
    sendAnswer(request, reply, await scim.searchAll(request.caller, parametersIn(request.body))),
  )
  app.post(
    '/scim/v2/Bulk',
    { config: writes, schema: anyBody, bodyLimit: maxPayload },
    async (request, reply) => send(reply, await scim.bulk(request.caller, request.body)),
  )
}

function asked(request: AnyRequest, method: ScimRequest['method'], type: ScimRequest['type']): ScimRequest {
  return {
    method,
    type,
    id: idIn(request),
    body: request.body,
    ifMatch: request.headers['if-match'],
    parameters: parametersOf(searchOf(request.url)),
  }
}

function idIn({ params }: { params: unknown }): string | null {
  return isJsonObject(params) && typeof params['id'] === 'string' ? params['id'] : null
}

function searchOf(url: string): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1))
}

function sendAnswer(
  request: AnyRequest,
  reply: AnyReply,
  { status, body, etag, location }: ScimAnswer,
): never {
  if (etag !== null) reply.header('etag', etag)
  if (location !== null && status === 201) reply.header('location', location)
  const known = request.headers['if-none-match']
  const isSame = etag !== null && request.method === 'GET' && (known === etag || known === '*')
  reply.code(isSame ? 304 : status)
  if (isSame || body === null) return sendBody(reply)
  return send(reply, body)
}

function send(reply: AnyReply, body: object): never {
  reply.header('content-type', scimJson)
  const bytes = Buffer.from(JSON.stringify(body))
  freeWhenSent(reply, bytes)
  return sendBody(reply, bytes)
}
