import { Type } from 'typebox'
import { permissions } from '../../caller.ts'
import { sendNothing } from '../../http/answers.ts'
import { sendCreated, sendResource } from '../../http/message/etag.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { App } from '../../http/types.ts'
import { ifMatch } from '../../if-match.ts'
import { applicationKinds, idTokenAlgorithms } from './application.ts'
import type { Applications } from './service.ts'

const Instant = Type.String({ format: 'date-time' })
const Uuid = Type.String({ format: 'uuid' })
const Uris = Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { maxItems: 50 })
const Kind = Type.Enum([...applicationKinds])
const fields = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  redirect_uris: Uris,
  post_logout_redirect_uris: Uris,
  roles: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
    maxItems: 50,
    uniqueItems: true,
    description: 'Users with one of these roles may use the application; all users when it is empty.',
  }),
  permissions: Type.Array(Type.Enum([...permissions]), {
    maxItems: 50,
    description:
      'The permissions of a `machine` in this API, for tokens by client credentials. The caller must hold them.',
  }),
  first_party: Type.Boolean({ description: 'Users are not asked for consent.' }),
  audience: Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Null()], {
    description: 'The `aud` of its access tokens, which are JWTs then; without it they are opaque.',
  }),
  backchannel_logout_uri: Type.Union([Type.String({ minLength: 1, maxLength: 2048 }), Type.Null()], {
    description:
      'Gets a signed logout token when a user is signed out (OpenID Connect Back-Channel Logout 1.0).',
  }),
  token_algorithm: Type.Enum([...idTokenAlgorithms]),
}
const properties = {
  ...{ client_id: Uuid, kind: Kind, ...fields, created_at: Instant, updated_at: Instant },
  last_used_at: Type.Union([Instant, Type.Null()], {
    description:
      'When a `machine` last got a token or called this API, to the minute; null when it never did, and for other kinds.',
  }),
}
export const ApplicationShape = Type.Object(properties, { $id: 'Application', title: 'Application' })
const CreatedShape = Type.Object(
  {
    ...properties,
    client_secret: Type.Union([Type.String(), Type.Null()], {
      description: 'The secret of a `web` or `machine` application. It is shown only once.',
    }),
  },
  { $id: 'CreatedApplication', title: 'CreatedApplication' },
)
const SecretShape = Type.Object({ id: Uuid, created_at: Instant }, { $id: 'ApplicationSecret' })
const params = Type.Object({ id: Uuid })
const tags = ['applications']
const { limit, cursor } = pageParameters
const changes = Type.Partial(Type.Object(fields), { $id: 'ApplicationPatch', title: 'ApplicationPatch' })

export const applicationRoutes = (applications: Applications, pages: Pages) => (app: App) => {
  app.get(
    '/applications',
    {
      config: { access: 'applications:read' },
      schema: {
        operationId: 'listApplications',
        tags,
        summary: 'List the applications that sign users in through this service',
        description: 'In pages, with the newest first.',
        querystring: Type.Object({ limit, cursor }),
        response: { 200: Type.Array(ApplicationShape) },
      },
    },
    async (request, reply) =>
      pages.sendPageById(request, reply, applications.list, ({ client_id }) => client_id),
  )

  app.post(
    '/applications',
    {
      config: { access: 'applications:write', proof: 'fresh', errors: ['permission_not_held'] },
      schema: {
        operationId: 'createApplication',
        tags,
        summary: 'Register an application; its secret is shown only once',
        description:
          'Gives the `client_id` and, for applications with a server, the `client_secret` for OpenID Connect. Store the secret: it is not shown again.',
        body: Type.Object(
          { ...changes.properties, name: fields.name, kind: Kind },
          {
            $id: 'ApplicationCreation',
            title: 'ApplicationCreation',
            examples: [{ name: 'Wiki', kind: 'web', redirect_uris: ['https://wiki.example.com/callback'] }],
          },
        ),
        response: { 201: CreatedShape },
      },
    },
    async (request, reply) => {
      const { application, version, secret } = await applications.create(request.caller, request.body)
      return sendCreated(
        reply,
        `/applications/${application.client_id}`,
        { ...application, client_secret: secret },
        version,
      )
    },
  )

  app.get(
    '/applications/:id',
    {
      config: { access: 'applications:read' },
      schema: {
        operationId: 'getApplication',
        tags,
        summary: 'Read an application',
        description: 'The secrets are not part of the answer.',
        params,
        response: { 200: ApplicationShape },
      },
    },
    async (request, reply) => {
      const { application, version } = await applications.get(request.params.id)
      return sendResource(request, reply, application, version)
    },
  )

  app.patch(
    '/applications/:id',
    {
      config: {
        access: 'applications:write',
        conditional: true,
        proof: 'fresh',
        errors: ['permission_not_held'],
      },
      schema: {
        operationId: 'changeApplication',
        tags,
        summary: 'Change an application',
        description:
          'Send only the fields that change. A list that is sent replaces the whole list. To change `permissions` the caller must hold all that the application then has.',
        params,
        body: changes,
        response: { 200: ApplicationShape },
      },
    },
    async (request, reply) => {
      const { application, version } = await applications.change(
        request.caller,
        request.params.id,
        ifMatch(request),
        request.body,
      )
      return sendResource(request, reply, application, version)
    },
  )

  app.delete(
    '/applications/:id',
    {
      config: { access: 'applications:write', conditional: true, proof: 'fresh' },
      schema: {
        operationId: 'deleteApplication',
        tags,
        summary: 'Delete an application; its tokens and secrets end',
        description: 'Users can no longer sign in to it through this service. This cannot be undone.',
        params,
      },
    },
    async (request, reply) => {
      await applications.delete(request.caller, request.params.id, ifMatch(request))
      return sendNothing(reply)
    },
  )

  secretRoutes(applications)(app)
}

const secretRoutes = (applications: Applications) => (app: App) => {
  app.get(
    '/applications/:id/secrets',
    {
      config: { access: 'applications:read' },
      schema: {
        operationId: 'listApplicationSecrets',
        tags,
        summary: 'List the secrets of an application, without their values',
        description: 'When each secret was made.',
        params,
        response: { 200: Type.Array(SecretShape) },
      },
    },
    (request) => applications.listSecrets(request.params.id),
  )

  app.post(
    '/applications/:id/secrets',
    {
      config: {
        access: 'applications:write',
        proof: 'fresh',
        errors: ['secret_not_allowed', 'permission_not_held'],
      },
      schema: {
        operationId: 'addApplicationSecret',
        tags,
        summary: 'Add a second secret; it is shown only once',
        description:
          'Both secrets work until one is deleted. So a secret is replaced without an interruption. The caller must hold the permissions of the application.',
        params,
        response: {
          201: Type.Object({ id: Uuid, created_at: Instant, client_secret: Type.String() }),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const secret = await applications.addSecret(request.caller, id)
      return sendCreated(reply, `/applications/${id}/secrets`, secret, 1)
    },
  )

  app.delete(
    '/applications/:id/secrets/:secret_id',
    {
      config: { access: 'applications:write', proof: 'fresh' },
      schema: {
        operationId: 'deleteApplicationSecret',
        tags,
        summary: 'Delete a secret of an application',
        description:
          'The secret stops working immediately, and with it the tokens for this API that were issued for it.',
        params: Type.Object({ id: Uuid, secret_id: Uuid }),
      },
    },
    async (request, reply) => {
      await applications.deleteSecret(request.caller, request.params.id, request.params.secret_id)
      return sendNothing(reply)
    },
  )
}
