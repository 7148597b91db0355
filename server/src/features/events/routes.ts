import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { principalId } from '../../caller.ts'
import { AppError } from '../../errors.ts'
import { sendBody } from '../../http/answers.ts'
import { negotiate } from '../../http/message/media-types.ts'
import type { App } from '../../http/types.ts'
import type { Events } from './service.ts'
import { eventStream } from './stream.ts'
import type { Waiting } from './waiting.ts'

const json = 'application/json'
const sse = 'text/event-stream'
const Uuid = Type.String({ format: 'uuid' })
const Instant = Type.String({ format: 'date-time' })
const orNull = <T extends import('typebox').TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const eventShape = (user: import('typebox').TSchema) =>
  Type.Object(
    {
      id: Uuid,
      sequence: Type.Integer({ description: 'The place in the feed. There are no gaps.' }),
      type: Type.String({ description: 'Later versions add types.' }),
      timestamp: Instant,
      data: Type.Object({
        user_id: Uuid,
        fields: orNull(Type.Array(Type.String(), { description: 'The fields that changed.' })),
        version: orNull(Type.Integer({ description: 'It counts up with each change of the user.' })),
        deleted_at: orNull(Instant),
        user: orNull(user),
        groups: orNull(
          Type.Array(Type.Object({ id: Type.String({ format: 'uuid' }), name: Type.String() }), {
            description: 'The groups that have the user as a member themselves.',
          }),
        ),
      }),
    },
    { $id: 'Event', title: 'Event' },
  )

const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** `user`: the shape of a user in an event. */
export const eventRoutes =
  (events: Events, waiting: Waiting, user: import('typebox').TSchema) => (app: App) => {
    app.addHook('preClose', async () => waiting.stop())

    app.get(
      '/events',
      {
        config: { access: 'events:read', produces: [json, sse], streaming: true, errors: ['events_expired'] },
        schema: {
          operationId: 'listEvents',
          tags: ['events'],
          summary: 'Follow the changes of users, in one order without gaps',
          description:
            'The user in an event is the user when the event is read; null when the user was erased. With `Accept: text/event-stream` the events come as Server-Sent Events, and `Last-Event-ID` counts as `after`.',
          querystring: Type.Object({
            after: Type.Optional({
              ...Sequence,
              description:
                'Events after this sequence. Without it there are no events, and `next` is the end of the feed.',
            }),
            limit: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 500,
                default: 100,
                description:
                  'Pages of users with much text are shorter; `has_more` tells whether there are more.',
              }),
            ),
            wait: Type.Optional(
              Type.Integer({
                minimum: 0,
                maximum: 20,
                description: 'Seconds to wait when there are no events.',
              }),
            ),
          }),
          response: {
            200: Type.Object(
              {
                events: Type.Array(eventShape(user)),
                next: Type.Integer({ description: 'The `after` of the next request.' }),
                has_more: Type.Boolean(),
              },
              { $id: 'EventPage', title: 'EventPage' },
            ),
          },
        },
      },
      async (request, reply) => {
        const { after, limit = 100, wait = 0 } = request.query
        const caller = principalId(request.caller) ?? ''
        const read = (from: number | undefined) => events.read(request.caller, from, limit)
        const type = negotiate(request.headers.accept, [json, sse])
        const left = new AbortController()
        reply.raw.once('close', () => left.abort())
        if (type === sse) {
          const from = lastEventId(request.headers['last-event-id']) ?? after
          const leave = waiting.enter(caller)
          left.signal.addEventListener('abort', leave)
          try {
            const first = await read(from)
            reply.header('content-type', sse).header('cache-control', 'no-store')
            return sendBody(reply, Readable.from(eventStream(read, waiting, first, left.signal)))
          } catch (error) {
            leave()
            throw error
          }
        }
        const page = await read(after)
        if (after === undefined || wait === 0 || page.events.length > 0) return page
        const leave = waiting.enter(caller)
        try {
          await waiting.until(after, wait * 1000, left.signal)
        } finally {
          leave()
        }
        return read(after)
      },
    )
  }

/** @throws invalid_parameter */
function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined
  const value = /^\d{1,15}$/.test(String(header)) ? Number(header) : Number.NaN
  if (Number.isNaN(value))
    throw new AppError('invalid_parameter', { detail: 'Last-Event-ID must be the sequence of an event.' })
  return value
}
