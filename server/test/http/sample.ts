/** A real server with a small feature, for the tests of the HTTP layer. */
import { createSecretKey } from 'node:crypto'
import { type AddressInfo, connect } from 'node:net'
import { Type } from 'typebox'
import { type Caller, type Permission, permissions } from '../../src/caller.ts'
import { AppError } from '../../src/errors.ts'
import { selfOr } from '../../src/http/admission/access.ts'
import { sendNothing } from '../../src/http/answers.ts'
import type { StoredAnswer } from '../../src/http/idempotency.ts'
import { sendCreated, sendResource } from '../../src/http/message/etag.ts'
import { createPages, pageParameters } from '../../src/http/pagination.ts'
import { createHttpServer, type HttpNeeds, type HttpOptions } from '../../src/http/server.ts'
import type { App } from '../../src/http/types.ts'
import type { RequestOrigin } from '../../src/http/visit.ts'
import { checkIfMatch, ifMatch } from '../../src/if-match.ts'
import { createLog } from '../../src/log/log.ts'

export const aliceId = '018f0000-0000-7000-8000-00000000000a'
export const bobId = '018f0000-0000-7000-8000-00000000000b'

export type Sample = {
  app: App
  url: string
  port: number
  /** The lines of the log so far, parsed. */
  log(): Record<string, unknown>[]
  /** How often the POST handler ran; for the user `slow` it waits until `mayEnd` is resolved. */
  created: { count: number; mayEnd: PromiseWithResolvers<void> }
  /** Sends bytes as they are and gives everything that came until the connection closed or went quiet. */
  raw(text: string | Buffer, quietMs?: number): Promise<{ text: string; closed: boolean }>
  close(): Promise<void>
}

export async function startSample(
  options: Partial<HttpOptions> = {},
  needs: Partial<HttpNeeds> = {},
  more: (app: App) => void = () => {},
): Promise<Sample> {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => lines.push(line) })
  const created = { count: 0, mayEnd: Promise.withResolvers<void>() }
  const app = createHttpServer({ ...defaults, ...options }, { ...sampleNeeds(), ...needs }, log)
  sampleRoutes(created)(app)
  more(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const port = (app.server.address() as AddressInfo).port
  return {
    app,
    port,
    url: `http://127.0.0.1:${port}`,
    created,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    raw: (text, quietMs = 400) => sendRaw(port, text, quietMs),
    close: () => app.close(),
  }
}

const defaults: HttpOptions = {
  publicUrl: 'http://roster.test',
  appName: null,
  version: '1.2.3',
  corsOrigins: [],
  trustedProxies: [],
  requireIfMatch: false,
  basicAuth: true,
  rateLimits: 'off',
}

export function caller(userId: string, held: readonly Permission[], origin: RequestOrigin): Caller {
  return {
    kind: 'user',
    userId,
    sessionId: null,
    apiKeyId: null,
    permissions: new Set(held),
    authMethods: ['token'],
    ...origin,
  }
}

/** Tokens: `alice` and `bob` may nothing, `admin` everything. Basic: `alice` with `pa:ss` or `pässwort`. */
function sampleNeeds(): HttpNeeds {
  return {
    async bearer(token, origin) {
      if (token === 'alice') return caller(aliceId, [], origin)
      if (token === 'bob') return caller(bobId, [], origin)
      if (token === 'admin') return caller(bobId, permissions, origin)
      throw new AppError('invalid_token')
    },
    async basic(username, password, origin) {
      if (username === 'alice' && ['pa:ss', 'pässwort'].includes(password)) return caller(aliceId, [], origin)
      throw new AppError('invalid_credentials')
    },
    prove: async () => {},
    ready: async () => {},
    idempotency: memoryIdempotency(),
  }
}

export function memoryIdempotency(): HttpNeeds['idempotency'] {
  const kept = new Map<string, { fingerprint: string; answer?: StoredAnswer }>()
  return {
    async begin(scope, key, fingerprint) {
      const known = kept.get(`${scope} ${key}`)
      if (!known) {
        kept.set(`${scope} ${key}`, { fingerprint })
        return { kind: 'new', claim: { scope, key, created_at: '', resourceId: null } }
      }
      if (known.fingerprint !== fingerprint) return { kind: 'reused' }
      return known.answer ? { kind: 'replay', ...known.answer } : { kind: 'in_progress' }
    },
    async finish({ scope, key }, answer) {
      kept.get(`${scope} ${key}`)!.answer = answer
    },
    async abandon({ scope, key }) {
      kept.delete(`${scope} ${key}`)
    },
  }
}

const User = Type.Object({ id: Type.String(), username: Type.String() })
const IdParams = Type.Object({ id: Type.String({ format: 'uuid' }) })
const NewUser = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 64 }),
  email: Type.Optional(Type.String()),
  first_name: Type.Optional(Type.Union([Type.String({ maxLength: 100 }), Type.Null()])),
  status: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('disabled')])),
  active: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.Array(Type.String({ maxLength: 3 }))),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})

const pages = createPages(createSecretKey(Buffer.alloc(32, 1)), '')

/** Numbers 1 to 25 as a list, and users that are only their id. */
function sampleRoutes(created: Sample['created']) {
  const numbers = Array.from({ length: 25 }, (_, index) => index + 1)
  return (app: App) => {
    app.get(
      '/users',
      {
        config: { access: 'users:read' },
        schema: {
          operationId: 'listUsers',
          tags: ['users'],
          summary: 'List',
          querystring: Type.Object({
            ...pageParameters,
            q: Type.Optional(Type.String({ maxLength: 100 })),
            deleted: Type.Optional(Type.Boolean()),
            created_after: Type.Optional(Type.String({ format: 'date-time' })),
            sort: Type.Optional(Type.Union([Type.Literal('username'), Type.Literal('-username')])),
          }),
          response: { 200: Type.Array(Type.Integer()) },
        },
      },
      async (request, reply) => {
        const page = pages.readPage(request)
        const after = page.position === null ? 0 : Number(page.position[0])
        const items = numbers.filter((number) => number > after).slice(0, page.limit)
        const last = items.at(-1)
        const next = last === undefined || last === 25 ? null : [last]
        return pages.sendPage(request, reply, {
          items,
          next,
          prev: null,
          ...(page.wantsTotal ? { total: numbers.length } : {}),
        })
      },
    )
    app.post(
      '/users',
      {
        config: { access: 'public', idempotent: () => {} },
        schema: {
          operationId: 'createUser',
          tags: ['users'],
          summary: 'Create',
          body: NewUser,
          response: { 201: User },
        },
      },
      async (request, reply) => {
        created.count += 1
        if (request.body.username === 'slow') await created.mayEnd.promise
        if (request.body.username === 'taken') throw new AppError('username_taken')
        if (request.body.username === 'broken') throw new Error('secret detail in /etc/passwd')
        const user = { id: aliceId, ...request.body }
        return sendCreated(reply, `/users/${aliceId}`, user, 1)
      },
    )
    app.get(
      '/users/:id',
      {
        config: { access: selfOr('users:read') },
        schema: {
          operationId: 'getUser',
          tags: ['users'],
          summary: 'Read',
          params: IdParams,
          response: { 200: User },
        },
      },
      async (request, reply) =>
        sendResource(request, reply, { id: request.params.id, username: 'x', metadata: { open: true } }, 7),
    )
    app.patch(
      '/users/:id',
      {
        config: { access: selfOr('users:write'), conditional: true },
        schema: {
          operationId: 'updateUser',
          tags: ['users'],
          summary: 'Change',
          params: IdParams,
          body: Type.Object({ email: Type.Optional(Type.String()) }),
        },
      },
      async (request, reply) => {
        checkIfMatch(ifMatch(request), 7)
        return sendResource(request, reply, { id: request.params.id, ...request.body }, 8)
      },
    )
    app.delete(
      '/users/:id',
      {
        config: { access: selfOr('users:delete'), conditional: true },
        schema: {
          operationId: 'deleteUser',
          tags: ['users'],
          summary: 'Delete',
          params: IdParams,
          response: { 204: Type.Null() },
          body: Type.Optional(Type.Object({ password: Type.String() })),
        },
      },
      async (request, reply) => {
        checkIfMatch(ifMatch(request), 7)
        return sendNothing(reply)
      },
    )
  }
}

/** Ends only a wait that cannot succeed. */
const hopelessMs = 60_000

function sendRaw(port: number, text: string | Buffer, quietMs: number) {
  return new Promise<{ text: string; closed: boolean }>((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    const settle = (closed: boolean) => {
      socket.destroy()
      resolve({ text: received, closed })
    }
    socket.setTimeout(hopelessMs, () => settle(false))
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const willClose = /^connection: close/im.test(received.slice(received.lastIndexOf('HTTP/1.1 ')))
      socket.setTimeout(willClose ? hopelessMs : quietMs)
    })
    socket.on('end', () => settle(true))
    socket.on('error', (error) => (received === '' ? reject(error) : settle(true)))
  })
}
