import { Type } from 'typebox'
import { permissions } from '../../caller.ts'
import { isJsonObject } from '../../encoding/json-object.ts'
import { CurrentPassword } from '../../http/admission/current-password.ts'
import { sendNothing } from '../../http/answers.ts'
import { madeBefore } from '../../http/idempotency.ts'
import { sendCreated, sendResource } from '../../http/message/etag.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { App } from '../../http/types.ts'
import { ifMatch } from '../../if-match.ts'
import type { IdPage } from '../../page.ts'
import type { ApiKeys } from './service.ts'

const Instant = Type.String({ format: 'date-time' })
const Name = Type.String({ minLength: 1, maxLength: 100 })
const Permissions = Type.Array(Type.Enum([...permissions]), { minItems: 1, maxItems: 50 })
const properties = {
  id: Type.String({ format: 'uuid' }),
  user_id: Type.String({ format: 'uuid', description: 'Whose key it is.' }),
  prefix: Type.String(),
  name: Name,
  permissions: Permissions,
  created_at: Instant,
  updated_at: Instant,
  expires_at: Instant,
  last_used_at: Type.Union([Instant, Type.Null()]),
}
export const ApiKeyShape = Type.Object(properties, { $id: 'ApiKey', title: 'ApiKey' })
const CreatedApiKeyShape = Type.Object(
  {
    ...properties,
    secret: Type.Optional(
      Type.String({
        description:
          'Send it as `Authorization: Bearer …`. It is shown only once: an answer that is replayed for an `Idempotency-Key` does not contain it.',
      }),
    ),
  },
  { $id: 'CreatedApiKey', title: 'CreatedApiKey' },
)
const params = Type.Object({ id: Type.String({ format: 'uuid' }) })
/** The first permission is for one's own keys, the second for those of all users. */
const anyKeyRight = ['api_keys:write', 'api_keys:admin'] as const
const tags = ['api-keys']
const { limit, cursor } = pageParameters

/** A new name needs no fresh proof; more permissions or a longer life do. */
const widens = ({ body }: { body: unknown }) => {
  const { permissions, expires_at } = isJsonObject(body) ? body : {}
  return permissions !== undefined || expires_at !== undefined
}

export const apiKeyRoutes = (apiKeys: ApiKeys, pages: Pages) => (app: App) => {
  app.get(
    '/api-keys',
    {
      config: { access: anyKeyRight },
      schema: {
        operationId: 'listApiKeys',
        tags,
        summary: 'List your API keys, or those of all users',
        description:
          'Your own API keys need `api_keys:write` or `api_keys:admin`; those of other users need `api_keys:admin`.',
        querystring: Type.Object({
          limit,
          cursor,
          user: Type.Optional(
            Type.String({
              pattern: '^(me|all|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$',
              description: '`me` (the default), `all`, or the id of a user.',
            }),
          ),
          unused_days: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 366, description: 'Not used for this many days.' }),
          ),
          expires_before: Type.Optional(Instant),
        }),
        response: { 200: Type.Array(ApiKeyShape) },
      },
    },
    async (request, reply) => {
      const { limit: _, cursor: __, ...query } = request.query
      const list = (page: IdPage) => apiKeys.list(request.caller, query, page)
      return pages.sendPageById(request, reply, list, ({ id }) => id)
    },
  )

  app.post(
    '/api-keys',
    {
      config: {
        access: 'api_keys:write',
        idempotent: apiKeys.mayCreate,
        shownOnce: ['secret'],
        proof: { unattended: 'api_keys:unattended' },
        errors: ['permission_not_held'],
      },
      schema: {
        operationId: 'createApiKey',
        tags,
        summary: 'Create an API key; its secret is shown only once',
        description:
          'The key has the given permissions as long as its owner has them too. Store the `key` of the answer: it is not shown again.',
        body: Type.Object(
          {
            name: Name,
            permissions: Permissions,
            expires_at: Type.Optional(Instant),
            current_password: CurrentPassword,
          },
          {
            $id: 'ApiKeyCreation',
            title: 'ApiKeyCreation',
            examples: [{ name: 'nightly sync', permissions: ['users:read'] }],
          },
        ),
        response: { 201: CreatedApiKeyShape },
      },
    },
    async (request, reply) => {
      const made = madeBefore(request)
      const { current_password: _, ...fields } = request.body
      const { api_key, version, ...shownOnce } = made
        ? await apiKeys.get(request.caller, made)
        : await apiKeys.create(request.caller, fields)
      return sendCreated(reply, `/api-keys/${api_key.id}`, { ...api_key, ...shownOnce }, version)
    },
  )

  app.get(
    '/api-keys/:id',
    {
      config: { access: anyKeyRight },
      schema: {
        operationId: 'getApiKey',
        tags,
        summary: 'Read an API key',
        description: 'The secret is not part of the answer.',
        params,
        response: { 200: ApiKeyShape },
      },
    },
    async (request, reply) => {
      const { api_key, version } = await apiKeys.get(request.caller, request.params.id)
      return sendResource(request, reply, api_key, version)
    },
  )

  app.patch(
    '/api-keys/:id',
    {
      config: {
        access: 'api_keys:write',
        conditional: true,
        errors: ['permission_not_held'],
        proof: { when: widens, unattended: 'api_keys:unattended' },
      },
      schema: {
        operationId: 'changeApiKey',
        tags,
        summary: 'Change an API key',
        description: 'Changes the name, the permissions or the end of a key. The secret stays.',
        params,
        body: Type.Object(
          {
            name: Type.Optional(Name),
            permissions: Type.Optional(Permissions),
            expires_at: Type.Optional(Instant),
            current_password: CurrentPassword,
          },
          { $id: 'ApiKeyPatch', title: 'ApiKeyPatch' },
        ),
        response: { 200: ApiKeyShape },
      },
    },
    async (request, reply) => {
      const { current_password: _, ...changes } = request.body
      const { api_key, version } = await apiKeys.change(
        request.caller,
        request.params.id,
        ifMatch(request),
        changes,
      )
      return sendResource(request, reply, api_key, version)
    },
  )

  app.delete(
    '/api-keys/:id',
    {
      config: {
        access: anyKeyRight,
        conditional: true,
        errors: ['permission_not_held', 'reauthentication_required'],
      },
      schema: {
        operationId: 'revokeApiKey',
        tags,
        summary: 'Revoke an API key',
        description: 'The key stops working immediately.',
        params,
      },
    },
    async (request, reply) => {
      await apiKeys.revoke(request.caller, request.params.id, ifMatch(request))
      return sendNothing(reply)
    },
  )
}
