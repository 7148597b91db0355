import { Type } from 'typebox'
import { sendNothing } from '../../http/answers.ts'
import { sendCreated, sendResource } from '../../http/message/etag.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { App } from '../../http/types.ts'
import { ifMatch } from '../../if-match.ts'
import { cutPage } from '../../page.ts'
import type { Providers } from './service.ts'
import { type Provider, providerKinds, signUpRules } from './upstream/provider.ts'
import type { TestResult } from './upstream/upstream.ts'

const Instant = Type.String({ format: 'date-time' })
const Id = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$',
  description: 'Lower-case letters, digits and hyphens; part of the callback URL. By default the kind.',
})
const Word = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[\\x21-\\x7e]+$' })
const OrNull = (type: ReturnType<typeof Word>) => Type.Union([type, Type.Null()])
const Kind = Type.Enum([...providerKinds])
/** The pattern of names without `\p{…}`, which clients in Python and Go cannot compile. It covers plane 0 only. */
const withoutControls =
  '^[^\\x00-\\x1f\\x7f-\\x9f\\xad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]+$'
const fields = {
  name: Type.String({
    minLength: 1,
    maxLength: 50,
    pattern: '^[^\\p{Cc}\\p{Cf}\\u2028\\u2029]+$',
    'x-openapi': { pattern: withoutControls },
    description: 'On the button of the sign-in page.',
    examples: ['Acme'],
  }),
  issuer: Type.String({
    minLength: 1,
    maxLength: 500,
    description: 'The issuer of OpenID Connect, or the address of GitHub. The presets know theirs.',
  }),
  client_id: Word(500),
  team_id: OrNull(Word(50)),
  key_id: OrNull(Word(50)),
  scopes: Type.Array(Word(100), { minItems: 1, maxItems: 30 }),
  domains: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
    maxItems: 100,
    description:
      'The domains of e-mail addresses that the provider is trusted for: an address there that it calls verified is taken as proven. `*` stands for all domains.',
  }),
  sign_up: Type.Enum([...signUpRules], {
    description:
      'Who gets a new account: no one (`off`), every user (`open`), or owners of an address in `domains`.',
  }),
  role_rules: Type.Array(
    Type.Object({
      claim: Type.String({ minLength: 1, maxLength: 100 }),
      value: Type.String({ minLength: 1, maxLength: 500 }),
      role: Type.String({ minLength: 1, maxLength: 64 }),
    }),
    {
      maxItems: 100,
      description:
        'At each sign-in users get the roles whose claim has the value, and lose the roles of the other rules.',
    },
  ),
  enabled: Type.Boolean(),
}
const Secret = Type.Union([Type.String({ minLength: 1, maxLength: 4000 }), Type.Null()], {
  description:
    'Never shown again; for Apple the content of the .p8 file. Left out, it stays as it is; null removes it.',
})
const ProviderShape = Type.Object(
  {
    id: Id,
    kind: Kind,
    ...fields,
    has_client_secret: Type.Boolean(),
    callback_url: Type.String({ description: 'Register it at the provider as the redirect URI.' }),
    created_at: Instant,
    updated_at: Instant,
  },
  { $id: 'IdentityProvider', title: 'IdentityProvider' },
)
const Changes = Type.Partial(Type.Object({ ...fields, client_secret: Secret }), {
  $id: 'IdentityProviderPatch',
  title: 'IdentityProviderPatch',
})
const params = Type.Object({ id: Id })
const tags = ['identity-providers']
const { limit, cursor } = pageParameters
const write = { access: 'identity_providers:write', proof: 'fresh' } as const
const errors = ['permission_not_held', 'already_exists'] as const

type Needs = {
  providers: Providers & { callbackUrl(id: string): string }
  test(id: string): Promise<TestResult>
}

export const identityProviderRoutes =
  ({ providers, test }: Needs, pages: Pages) =>
  (app: App) => {
    const shown = (provider: Provider) => ({ ...provider, callback_url: providers.callbackUrl(provider.id) })

    app.get(
      '/identity-providers',
      {
        config: { access: 'identity_providers:read' },
        schema: {
          operationId: 'listIdentityProviders',
          tags,
          summary: 'List the providers with whose accounts users sign in',
          description: 'In pages. The client secrets are not part of the answer.',
          querystring: Type.Object({ limit, cursor }),
          response: { 200: Type.Array(ProviderShape) },
        },
      },
      async (request, reply) => {
        const page = pages.readPage(request)
        const found = (await providers.list()).map(shown)
        const after = page.position === null ? null : String(page.position[0])
        // There are few providers: each page is a part of the complete list.
        const rows =
          page.direction === 'next'
            ? found.filter(({ id }) => after === null || id > after).slice(0, page.limit + 1)
            : found.filter(({ id }) => after !== null && id < after).slice(-page.limit - 1)
        return pages.sendPage(
          request,
          reply,
          cutPage(rows, page, ({ id }) => [id]),
        )
      },
    )

    app.post(
      '/identity-providers',
      {
        config: { ...write, errors },
        schema: {
          operationId: 'createIdentityProvider',
          tags,
          summary: 'Add a provider whose accounts users sign in with',
          description:
            'For Google, Microsoft, GitHub and every OpenID Connect provider. Register the redirect address of the answer at the provider.',
          body: Type.Object(
            { ...Changes.properties, id: Type.Optional(Id), kind: Kind, client_id: fields.client_id },
            {
              $id: 'IdentityProviderCreation',
              title: 'IdentityProviderCreation',
              examples: [
                { kind: 'google', client_id: '1234.apps.googleusercontent.com', client_secret: 'GOCSPX-…' },
              ],
            },
          ),
          response: { 201: ProviderShape },
        },
      },
      async (request, reply) => {
        const { provider, version } = await providers.create(request.caller, request.body)
        return sendCreated(reply, `/identity-providers/${provider.id}`, shown(provider), version)
      },
    )

    app.get(
      '/identity-providers/:id',
      {
        config: { access: 'identity_providers:read' },
        schema: {
          operationId: 'getIdentityProvider',
          tags,
          summary: 'Read an identity provider',
          description: 'The client secret is not part of the answer.',
          params,
          response: { 200: ProviderShape },
        },
      },
      async (request, reply) => {
        const { provider, version } = await providers.get(request.params.id)
        return sendResource(request, reply, shown(provider), version)
      },
    )

    app.put(
      '/identity-providers/:id',
      {
        config: { ...write, conditional: true, errors },
        schema: {
          operationId: 'replaceIdentityProvider',
          tags,
          summary: 'Replace the fields of an identity provider',
          description:
            'Fields that are left out get their default. The client secret stays when it is left out.',
          params,
          body: Type.Object(
            { ...Changes.properties, client_id: fields.client_id },
            { $id: 'IdentityProviderReplacement', title: 'IdentityProviderReplacement' },
          ),
          response: { 200: ProviderShape },
        },
      },
      async (request, reply) => {
        const { provider, version } = await providers.replace(
          request.caller,
          request.params.id,
          ifMatch(request),
          request.body,
        )
        return sendResource(request, reply, shown(provider), version)
      },
    )

    app.patch(
      '/identity-providers/:id',
      {
        config: { ...write, conditional: true, errors },
        schema: {
          operationId: 'changeIdentityProvider',
          tags,
          summary: 'Change an identity provider',
          description: 'Send only the fields that change.',
          params,
          body: Changes,
          response: { 200: ProviderShape },
        },
      },
      async (request, reply) => {
        const { provider, version } = await providers.change(
          request.caller,
          request.params.id,
          ifMatch(request),
          request.body,
        )
        return sendResource(request, reply, shown(provider), version)
      },
    )

    app.delete(
      '/identity-providers/:id',
      {
        config: { ...write, conditional: true },
        schema: {
          operationId: 'deleteIdentityProvider',
          tags,
          summary: 'Delete an identity provider; users no longer sign in with it',
          description: 'The users stay, and sign in in another way, such as a link to set a password.',
          params,
        },
      },
      async (request, reply) => {
        await providers.delete(request.caller, request.params.id, ifMatch(request))
        return sendNothing(reply)
      },
    )

    app.post(
      '/identity-providers/:id/test',
      {
        config: { access: 'identity_providers:write' },
        schema: {
          operationId: 'testIdentityProvider',
          tags,
          summary: 'Ask an identity provider for its metadata, to see whether it can be reached',
          description:
            'Reads the metadata of the provider now and answers with what was found, or with the reason of the failure.',
          params,
          response: {
            200: Type.Object(
              {
                ok: Type.Boolean(),
                detail: Type.String(),
                authorization_endpoint: Type.Union([Type.String(), Type.Null()]),
              },
              { $id: 'IdentityProviderTestResult', title: 'IdentityProviderTestResult' },
            ),
          },
        },
      },
      (request) => test(request.params.id),
    )
  }
