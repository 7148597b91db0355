import { Type } from 'typebox'
import { eventTypes } from '../../audit-events.ts'
import { anonymousCaller } from '../../caller.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { App } from '../../http/types.ts'
import { cutPage } from '../../page.ts'
import type { Refusals } from './refusals.ts'
import type { Audit } from './service.ts'

const Instant = Type.String({ format: 'date-time' })
/** A UUID, the name of a role, or the thumbprint of a signing key. */
const targetForm =
  '^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[a-z][a-z0-9_-]{0,63}|[A-Za-z0-9_-]{43})$'
const uuidForm = /^[0-9a-f-]{36}$/i
const orNull = <T extends import('typebox').TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const AuditEventShape = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    seq: Type.Integer(),
    at: Instant,
    type: Type.String({ description: 'One of the values of the parameter `type`; later versions add more.' }),
    outcome: Type.Union([Type.Literal('success'), Type.Literal('failure'), Type.Literal('denied')]),
    reason: orNull(Type.String()),
    actor: Type.Object({
      kind: Type.String(),
      id: orNull(Type.String()),
      api_key_id: orNull(Type.String()),
      acting_as: Type.Union([Type.String(), Type.Null()], {
        description: 'The user as whom an administrator acted.',
      }),
    }),
    target: orNull(Type.Object({ kind: Type.String(), id: orNull(Type.String()) })),
    changes: orNull(Type.Object({}, { additionalProperties: true })),
    address: orNull(Type.String()),
    user_agent: orNull(Type.String()),
    session_id: orNull(Type.String()),
    request_id: orNull(Type.String()),
    auth_methods: Type.Array(Type.String()),
  },
  { $id: 'AuditEvent', title: 'AuditEvent' },
)
const EventTypes = Type.Union(eventTypes.map((type) => Type.Literal(type)))
const { limit, cursor } = pageParameters

/** Register it before the routes that it records. */
export const watchRefusals = (refusals: Refusals) => (app: App) => {
  app.addHook('onError', async (request, _, error) => {
    const { visit, id, headers } = request
    const caller =
      request.caller ??
      anonymousCaller({ requestId: id, address: visit.address, userAgent: headers['user-agent'] ?? null })
    await refusals.note(caller, visit.plan?.pattern ?? '', error)
  })
}

export const auditRoutes = (audit: Pick<Audit, 'list'>, pages: Pages) => (app: App) => {
  app.get(
    '/audit-events',
    {
      config: { access: 'audit:read' },
      schema: {
        operationId: 'listAuditEvents',
        tags: ['audit'],
        summary: 'Read the audit log, newest first',
        description: 'In pages. Filter by type, actor, target, outcome and instant.',
        querystring: Type.Object({
          limit,
          cursor,
          actor: Type.Optional(Type.String({ format: 'uuid', description: 'The id of a user.' })),
          target: Type.Optional(
            Type.String({
              pattern: targetForm,
              description: 'The id of a user or of anything else, or the name of a role.',
            }),
          ),
          type: Type.Optional(EventTypes),
          after: Type.Optional(Instant),
          before: Type.Optional(Instant),
        }),
        response: { 200: Type.Array(AuditEventShape) },
      },
    },
    async (request, reply) => {
      const { limit: _, cursor: __, actor, target, ...rest } = request.query
      const filters = {
        ...rest,
        ...(actor === undefined ? {} : { actor: actor.toLowerCase() }),
        ...(target === undefined ? {} : { target: uuidForm.test(target) ? target.toLowerCase() : target }),
      }
      const page = pages.readPage(request)
      const newer = page.direction === 'prev'
      const beyond = page.position ? Number(page.position[0]) : null
      const found = await audit.list(request.caller, {
        ...filters,
        limit: page.limit + 1,
        beyond,
        newer,
      })
      return pages.sendPage(
        request,
        reply,
        cutPage(found, page, ({ seq }) => [seq]),
      )
    },
  )
}
