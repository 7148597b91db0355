import { Type } from 'typebox'
import { selfOr } from '../../http/admission/access.ts'
import type { BrowserCookie } from '../../http/admission/browser-cookie.ts'
import { sendNothing } from '../../http/answers.ts'
import type { App } from '../../http/types.ts'
import type { Flow } from './flow.ts'
import type { Identities } from './identities.ts'

const Instant = Type.String({ format: 'date-time' })
const Uuid = Type.String({ format: 'uuid' })
const OptionalText = Type.Union([Type.String(), Type.Null()])
export const IdentityShape = Type.Object(
  {
    id: Uuid,
    provider: Type.Union([Type.String(), Type.Null()], {
      description: 'The id of the provider; null when none with this issuer is registered any more.',
    }),
    provider_name: OptionalText,
    issuer: Type.String(),
    subject: Type.String({ description: 'The id of the account at the provider.' }),
    email: Type.Union([Type.String(), Type.Null()], { description: 'What the provider said last.' }),
    created_at: Instant,
    last_used_at: Type.Union([Instant, Type.Null()]),
  },
  { $id: 'Identity', title: 'Identity' },
)
const params = Type.Object({ id: Uuid })
const tags = ['identities']

export const identityRoutes = (identities: Identities, flow: Flow, browser: BrowserCookie) => (app: App) => {
  app.get(
    '/users/:id/identities',
    {
      config: { access: selfOr('users:read'), errors: ['permission_not_held'] },
      schema: {
        operationId: 'listIdentities',
        tags,
        summary: 'List the accounts at other providers that a user signs in with',
        description: 'With the provider and the address that it reported.',
        params,
        response: { 200: Type.Array(IdentityShape) },
      },
    },
    (request) => identities.list(request.caller, request.params.id),
  )

  app.post(
    '/users/:id/identities/start',
    {
      config: {
        access: selfOr('users:write'),
        proof: 'fresh',
        ownPagesOnly: true,
        errors: ['forbidden', 'dependency_unavailable'],
      },
      schema: {
        operationId: 'startIdentity',
        tags,
        summary: 'Begin to link an account at another provider, for pages of this server',
        description: 'Open the address in the browser that sent this. It comes back with the account linked.',
        params,
        body: Type.Object({ provider: Type.String({ minLength: 1, maxLength: 40 }) }),
        response: { 200: Type.Object({ authorization_url: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const begun = await flow.beginLink(caller, request.params.id, body.provider, browser.read(request))
      browser.give(reply, begun.browser)
      return { authorization_url: begun.location }
    },
  )

  app.post(
    '/users/:id/identities',
    {
      config: {
        access: selfOr('users:write'),
        proof: 'fresh',
        ownPagesOnly: true,
        errors: ['forbidden', 'invalid_grant', 'already_exists'],
      },
      schema: {
        operationId: 'linkIdentity',
        tags,
        summary: 'Link the account at another provider of the last sign-in in this browser',
        description:
          'Completes `POST /users/{id}/identities/start` for a browser that came back from the provider.',
        params,
        body: Type.Object({
          token: Type.String({
            minLength: 1,
            maxLength: 100,
            description: 'From the address of the sign-in page, to which the provider led back.',
          }),
        }),
        response: { 201: IdentityShape },
      },
    },
    async (request, reply) => {
      const { caller, body } = request
      const { id } = request.params
      const identity = await identities.linkWaiting(caller, id, body.token, browser.read(request))
      reply.code(201).header('location', `/users/${id}/identities`)
      return identity
    },
  )

  app.delete(
    '/users/:id/identities/:identity_id',
    {
      config: {
        access: selfOr('users:write'),
        proof: 'fresh',
        errors: ['permission_not_held', 'last_way_in'],
      },
      schema: {
        operationId: 'unlinkIdentity',
        tags,
        summary: 'Unlink an account at another provider, unless it is the last way to sign in',
        description: 'Refused when the user would have no way to sign in.',
        params: Type.Object({ id: Uuid, identity_id: Uuid }),
      },
    },
    async (request, reply) => {
      await identities.unlink(request.caller, request.params.id, request.params.identity_id)
      return sendNothing(reply)
    },
  )
}
