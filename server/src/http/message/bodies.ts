/** How bodies are read: JSON strictly and whole, what a route declares beside it as a stream. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { monotonicMs } from '../../clock.ts'
import { asError } from '../../errors.ts'
import { json, mergePatch } from '../route-plan.ts'
import { scimJson } from '../scim.ts'
import type { App } from '../types.ts'
import { parseStrictJson } from './strict-json.ts'
import { isOptional } from './validate.ts'

/** Which media types a route reads was checked before (`checkContentType`), by the headers alone. */
export function acceptBodies(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    [json, mergePatch, scimJson],
    { parseAs: 'buffer' },
    (request, body, done) => {
      request.visit.waitingSinceMs = monotonicMs()
      try {
        done(null, isNothing(request, body) ? undefined : parseStrictJson(body, maxMembersOf(request)))
      } catch (error) {
        done(asError(error))
      }
    },
  )
  readAsStreams(app)
}

/** A directory sends all members of a group at once. */
function maxMembersOf(request: FastifyRequest): number | undefined {
  return request.visit.plan?.consumes.includes(scimJson) ? 100_000 : undefined
}

/** Adds routes whose bodies are streams, also those of JSON. */
export function addStreamRoutes(app: App, add: (scope: App) => void): void {
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<TypeBoxTypeProvider>()
    scope.removeAllContentTypeParsers()
    readAsStreams(scope)
    add(scope)
  })
}

function readAsStreams(app: App): void {
  app.addContentTypeParser('*', (request, stream, done) => {
    request.visit.waitingSinceMs = monotonicMs()
    // A reader that stops early must not end the request: what is left of it is read after the answer (`dropRest`).
    done(null, stream.iterator({ destroyOnReturn: false }))
  })
}

/** Encoders of JSON often end with a line break. */
const jsonNull = /^[ \t\r\n]*null[ \t\r\n]*$/

/**
 * An empty body is fine where none is needed, and null with DELETE: some clients always announce JSON, some send `null`
 * for nothing.
 */
function isNothing(request: FastifyRequest, body: Buffer): boolean {
  const isNull = request.method === 'DELETE' && body.length < 16 && jsonNull.test(body.toString('latin1'))
  if (body.length > 0 && !isNull) return false
  const schema = request.visit.plan?.schema.body
  return schema === undefined || isOptional(schema)
}
