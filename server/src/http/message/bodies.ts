/** Reads bodies: JSON strictly and completely, other declared media types as a stream. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { monotonicMs } from '../../clock.ts'
import { asError } from '../../errors.ts'
import { json, mergePatch } from '../route-plan.ts'
import { scimJson } from '../scim.ts'
import type { App } from '../types.ts'
import { parseStrictJson } from './strict-json.ts'
import { isOptional } from './validate.ts'

/** The media type was already checked by the headers (`checkContentType`). */
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

/** A larger limit, because a directory sends all members of a group in one request. */
function maxMembersOf(request: FastifyRequest): number | undefined {
  return request.visit.plan?.consumes.includes(scimJson) ? 100_000 : undefined
}

/** Adds routes whose bodies are streams, also JSON bodies. */
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
    // A reader that stops early must not end the request: `dropRest` reads the rest after the answer.
    done(null, stream.iterator({ destroyOnReturn: false }))
  })
}

/** JSON encoders often add a line break at the end. */
const jsonNull = /^[ \t\r\n]*null[ \t\r\n]*$/

/**
 * If no body is needed, an empty body is accepted, and with DELETE also `null`: some clients always announce JSON, and
 * some send `null`.
 */
function isNothing(request: FastifyRequest, body: Buffer): boolean {
  const isNull = request.method === 'DELETE' && body.length < 16 && jsonNull.test(body.toString('latin1'))
  if (body.length > 0 && !isNull) return false
  const schema = request.visit.plan?.schema.body
  return schema === undefined || isOptional(schema)
}
