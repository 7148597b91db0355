/**
 * OpenID Connect and OAuth 2.1 by `oidc-provider`. This is the only file that imports the library; it is loaded at the
 * first request to the protocol.
 */

import type { IncomingMessage } from 'node:http'
import Provider, {
  type Adapter,
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import { protocolLifetimes } from '../../../lifetimes.ts'
import { hasRoleFor } from '../application.ts'
import { noteSecret } from '../machines/own-api.ts'
import { resourceIndicatorsOf } from '../machines/resources.ts'
import { provenSecret } from '../service.ts'
import { accountClaims, type ClaimNeeds, foundClaims } from './account.ts'
import { ownMetadataOf } from './client-metadata.ts'
import { addToIdTokens, createFurtherClaims, type FurtherClaims } from './further-claims.ts'
import { answerFaults, libraryCookies, saveFirstSessions } from './library-faults.ts'
import { type PageNeeds, protocolPages, replacePages } from './library-pages.ts'
import { acrValues, paths, scopes, stepPath } from './settings.ts'
import { deriveSuccessors } from './succession.ts'
import { skipUnchangedSessions } from './unchanged-sessions.ts'
import { awaitWrites, writeBeside } from './writes-beside.ts'

export type ProtocolContext = KoaContextWithOIDC
export type ProtocolProvider = Provider

export type ProviderNeeds = ClaimNeeds &
  PageNeeds & {
    /** Private keys; for each algorithm the current key is first. */
    jwks: { keys: object[] }
    /** Signs the cookies of the library. */
    cookieKey: string
    adapters(kind: string): Adapter
    /** The refresh token that follows this one. */
    successorOf(refreshToken: string): string
    /** Further claims for tokens, from the hook of the operator. @throws denied_by_hook, dependency_unavailable, overloaded */
    beforeToken(request: IncomingMessage, userId: string | null, clientId: string): Promise<object>
    /** Gives the scopes to the application without a page, if no consent is needed. */
    grantOf(ctx: ProtocolContext, provider: Provider): Promise<InstanceType<Provider['Grant']> | undefined>
    /** Called after the user confirmed the sign-out. */
    endSession(request: IncomingMessage): Promise<void>
    /** Called when a machine got a token. */
    noteUse(clientId: string): void
  }

/** A grant, code or token that was used before (RFC 6749 §5.2). */
export function alreadyUsed(): Error {
  return new errors.InvalidGrant('already used')
}

export function createProvider(needs: ProviderNeeds): Provider {
  const furtherClaims = createFurtherClaims(
    needs.beforeToken,
    (code, description) => new errors.CustomOIDCProviderError(code, description),
  )
  const provider = new Provider(
    needs.issuer,
    configurationOf(needs, furtherClaims, () => provider),
  )
  // The socket does not know the public scheme and host: `protocol-routes.ts` sets both in these headers.
  provider.proxy = true
  provider.Client.prototype.compareClientSecret = function compareClientSecret(this: object, secret: string) {
    const proven = provenSecret(ownMetadataOf(this).secrets, secret)
    noteSecret(Provider.ctx, proven)
    return proven !== undefined
  }
  deriveSuccessors(provider, () => Provider.ctx, needs.successorOf)
  skipUnchangedSessions(provider)
  saveFirstSessions(provider, () => Provider.ctx)
  answerFaults(provider, needs.failed)
  // ID tokens name the session, so that a logout token can.
  provider.Client.prototype.includeSid = () => true
  addToIdTokens(provider, furtherClaims)
  replacePages(provider, needs)
  awaitWrites(provider)
  provider.use(async (ctx, next) => {
    // The library would answer such a link with a form that a script submits; here the user submits the form.
    if (ctx.path === paths.code_verification && ctx.method === 'GET') {
      ctx.state['userCode'] = ctx.query['user_code']
      ctx.query = {}
    }
    // For a step that the browser has not started, the library would look for the application in the query.
    if (ctx.path.startsWith(`${paths.authorization}/`)) ctx.query = {}
    await next()
    const { oidc } = ctx as unknown as KoaContextWithOIDC
    if (oidc?.route !== 'end_session_confirm' || ctx.status >= 400) return
    if ((oidc.body as { logout?: string } | undefined)?.logout) await needs.endSession(ctx.req)
    // The library would say that the user is signed out.
    else if (isLoggedOutPage(ctx.response.get('location'))) ctx.redirect(`${needs.look.base}/`)
  })
  const noteUse = ({ clientId }: { clientId?: string | undefined }) => clientId && needs.noteUse(clientId)
  provider.on('client_credentials.saved', noteUse)
  provider.on('client_credentials.issued', noteUse)
  provider.on('server_error', (_ctx, error) => needs.failed(error))
  return provider
}

function configurationOf(
  needs: ProviderNeeds,
  furtherClaims: FurtherClaims,
  provider: () => Provider,
): Configuration {
  const pages = protocolPages(needs)
  return {
    adapter: (kind: string) => writeBeside(kind, needs.adapters(kind), () => Provider.ctx),
    jwks: needs.jwks,
    scopes: [...scopes],
    claims: {
      openid: ['sub', 'auth_time', 'acr', 'amr'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'updated_at'],
      email: ['email', 'email_verified'],
      roles: ['roles'],
      groups: ['groups'],
    },
    // Many applications read only the ID token and never call the userinfo endpoint.
    conformIdTokenClaims: false,
    extraClientMetadata: {
      properties: ['first_party', 'secrets', 'audience', 'roles', 'permissions', 'kind'],
    },
    acrValues: [...acrValues],
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' },
    routes: paths,
    cookies: { keys: [needs.cookieKey], ...libraryCookies },
    ttl: protocolLifetimes,
    interactions: { url: (_ctx, { uid }) => needs.look.base + stepPath(uid), policy: policyOf(needs) },
    rotateRefreshToken: true,
    // At a sign-out the grants end with the session of the browser, so that their applications are notified.
    revokeGrantPolicy: (ctx) =>
      ctx.oidc.route !== 'end_session_confirm' &&
      !(ctx.oidc.route === 'revocation' && ctx.oidc.entities.AccessToken),
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: (_ctx, origin, client) =>
      client.clientAuthMethod === 'none' &&
      (client.redirectUris ?? []).some((uri) => URL.canParse(uri) && new URL(uri).origin === origin),
    ...accountClaims(needs, furtherClaims),
    loadExistingGrant: (ctx) => needs.grantOf(ctx, provider()),
    renderError: pages.renderError,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: false },
      deviceFlow: pages.deviceFlow,
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: resourceIndicatorsOf(needs.issuer, errors),
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: pages.rpInitiatedLogout,
      userinfo: { enabled: true },
    },
  }
}

function isLoggedOutPage(location: string): boolean {
  return URL.canParse(location) && new URL(location).pathname.endsWith(`${paths.end_session}/success`)
}

/** Uses the user of the browser session, not the stored user of the library. */
function policyOf(needs: ProviderNeeds) {
  const { base, Check } = interactionPolicy
  const policy = base()
  policy.get('login')?.checks.add(
    new Check(
      'other_session',
      'The browser session belongs to another user or has ended.',
      'login_required',
      (ctx) => {
        const remembered = ctx.oidc.session?.accountId
        if (remembered === undefined) return Check.NO_NEED_TO_PROMPT
        return remembered === needs.userOf(ctx.req) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
      },
    ),
  )
  policy.get('login')?.checks.add(
    new Check('may_not_use', 'The user may not use this application.', 'access_denied', (ctx) => {
      const { client, session } = ctx.oidc
      const user = foundClaims(ctx, session?.accountId)
      const mayUse = !user || (client !== undefined && hasRoleFor(ownMetadataOf(client), user))
      return mayUse ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
    }),
  )
  policy.get('login')?.checks.add(
    new Check('acr', 'The application asked for a sign-in with a second factor.', (ctx) => {
      const { params, session, result, prompts } = ctx.oidc
      const asked = String(params?.['acr_values'] ?? '').split(' ')
      const wantsTwo = asked.includes('aal2') && !asked.includes('aal1')
      // `acr_values` is voluntary: if no page may be shown, the application gets the current level.
      if (!wantsTwo || result?.login || prompts.has('none')) return Check.NO_NEED_TO_PROMPT
      return session?.acr === 'aal2' ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
    }),
  )
  // Native applications need consent like all others: only if they are third-party.
  policy.get('consent')?.checks.remove('native_client_prompt')
  return policy
}
