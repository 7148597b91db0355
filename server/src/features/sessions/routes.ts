import { Type } from 'typebox'
import { supporting } from '../../caller.ts'
import { selfOr } from '../../http/admission/access.ts'
import { sendNothing } from '../../http/answers.ts'
import type { App } from '../../http/types.ts'
import { UserId } from '../../http/user-id.ts'
import type { AccountService } from '../account/service.ts'
import type { MayEndAccess } from '../users/end-access.ts'
import type { UserLookup } from '../users/lookup.ts'
import { assuranceLevels } from './authentication.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import type { Sessions } from './service.ts'

const Instant = Type.String({ format: 'date-time' })
const Uuid = Type.String({ format: 'uuid' })

export const SessionShape = Type.Object(
  {
    id: Uuid,
    kind: Type.Union([Type.Literal('api'), Type.Literal('browser')], {
      description: '`api`: a pair of tokens; `browser`: a cookie.',
    }),
    user_agent: Type.Union([Type.String(), Type.Null()]),
    address: Type.Union([Type.String(), Type.Null()]),
    created_at: Instant,
    last_seen_at: Instant,
    expires_at: Instant,
    acr: Type.Enum([...assuranceLevels], {
      description:
        '`aal2` when the user proved two factors, else `aal1`. Proving a factor with `POST /auth/step-up` raises it.',
    }),
    amr: Type.Array(Type.String(), { description: 'How the user proved who they are (RFC 8176).' }),
    auth_time: Type.String({ format: 'date-time', description: 'When the user last proved who they are.' }),
    impersonated: Type.Boolean({
      description:
        'An administrator acts as the user in this session. Its `address` and `user_agent` are null then.',
    }),
    current: Type.Boolean(),
  },
  { $id: 'Session', title: 'Session' },
)
const tags = ['sessions']

type Needs = {
  mayManage: UserLookup['mayManage']
  mayEndAccess: MayEndAccess
  endAll: AccountService['endSessions']
}

export const sessionRoutes =
  (sessions: Sessions, keys: SigningKeys, { mayManage, mayEndAccess, endAll }: Needs) =>
  (app: App) => {
    app.get(
      '/users/:id/sessions',
      {
        config: { access: selfOr('users:read'), errors: ['permission_not_held'] },
        schema: {
          operationId: 'listSessions',
          tags,
          summary: 'List the open sessions of a user',
          description:
            'One entry for each browser or device, with its address, its user agent and when it was last used.',
          params: Type.Object({ id: UserId }),
          response: { 200: Type.Array(SessionShape) },
        },
      },
      async (request) => {
        await mayManage(request.caller, request.params.id, 'users:read')
        return sessions.list(request.caller, request.params.id)
      },
    )

    app.delete(
      '/users/:id/sessions',
      {
        config: { access: selfOr(supporting), errors: ['permission_not_held', 'reauthentication_required'] },
        schema: {
          operationId: 'endSessions',
          tags,
          summary: 'End all sessions and API keys of a user',
          description: 'Signs the user out everywhere. `keep_api_keys=true` keeps the API keys.',
          params: Type.Object({ id: UserId }),
          querystring: Type.Object({
            keep_api_keys: Type.Optional(
              Type.Boolean({ description: '`true` ends the sessions alone, not the API keys.' }),
            ),
          }),
        },
      },
      async (request, reply) => {
        const keepApiKeys = request.query.keep_api_keys ?? false
        await endAll(request.caller, request.params.id, { keepApiKeys })
        return sendNothing(reply)
      },
    )

    app.delete(
      '/users/:id/sessions/:session_id',
      {
        config: { access: selfOr(supporting), errors: ['permission_not_held', 'reauthentication_required'] },
        schema: {
          operationId: 'endSession',
          tags,
          summary: 'End one session',
          description: 'Signs the user out of one browser or device.',
          params: Type.Object({ id: UserId, session_id: Uuid }),
        },
      },
      async (request, reply) => {
        await mayEndAccess(request.caller, request.params.id, supporting)
        await sessions.endOne(request.caller, request.params.id, request.params.session_id)
        return sendNothing(reply)
      },
    )

    app.get(
      '/.well-known/jwks.json',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'getJwks',
          tags: ['auth'],
          summary: 'The public keys that verify our access tokens',
          description:
            'Services that verify access tokens themselves read the keys here. Cache them, and read them again when a token names an unknown `kid`.',
          response: {
            200: Type.Object(
              { keys: Type.Array(Type.Object({}, { additionalProperties: true })) },
              { $id: 'KeySet', title: 'KeySet' },
            ),
          },
        },
      },
      async (_, reply) => {
        reply.header('cache-control', 'public, max-age=300')
        return reply.send(await keys.jwks())
      },
    )
  }
