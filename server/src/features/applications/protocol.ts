/**
 * OpenID Connect and OAuth 2.1 for applications: who may use one, what a grant covers, when it ends. The protocol itself
 * is in `provider.ts`, which is loaded with the first request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterPayload, InteractionResults } from 'oidc-provider'
import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { sha256 } from '../../sha256.ts'
import { createAdapters, recordContext } from './adapter.ts'
import type { Application } from './application.ts'
import { createOauthStore, type OauthStore } from './oauth-store.ts'
import type { AccountClaims, ProtocolContext, ProtocolProvider } from './provider.ts'
import type { Applications } from './service.ts'

type Account = {
  id: string
  username: string
  email: string
  email_verified: boolean
  first_name: string | null
  last_name: string | null
  status: 'active' | 'disabled'
  roles: string[]
  updated_at: string
}
type SessionState = {
  user_id: string
  created_at: string
  ended_at: string | null
  end_reason: string | null
  expires_at: string
}

type Needs = {
  database: Database
  issuer: string
  cookieKey: string
  seal(text: string, context: string): string
  open(sealed: string, context: string): string
  applications: Pick<Applications, 'findWithSecrets'>
  /** Private keys by JWKS rules; the one that signs now comes first for each algorithm. */
  privateJwks(): Promise<{ keys: { kid?: string }[] }>
  /** undefined when there is no such user or they were deleted. */
  findUser(id: string): Promise<Account | undefined>
  findSession(id: string): Promise<SessionState | undefined>
  endSession(caller: Caller): Promise<void>
  audit: {
    record(
      tx: Tx,
      caller: Caller,
      ...events: {
        type: string
        target: { kind: 'application'; id: string }
        changes?: Record<string, unknown>
      }[]
    ): Promise<void>
  }
  log: { error(fields: object, message: string): void }
}

/** What the browser is sent to, or the page that asks for consent. */
export type Step =
  | { kind: 'redirect'; location: string }
  | { kind: 'consent'; application: string; scopes: string[] }

export type Protocol = ReturnType<typeof createProtocol>

export function createProtocol(needs: Needs, store: OauthStore = createOauthStore(needs.database)) {
  const { database, audit, log } = needs
  const callers = new WeakMap<IncomingMessage, Caller>()
  let built: { keys: string; provider: ProtocolProvider } | undefined

  const findApplication = (id: string) => needs.applications.findWithSecrets(id)
  const browserUserOf = (request: IncomingMessage): string | null => {
    const caller = callers.get(request)
    return caller?.kind === 'user' && caller.sessionId !== null ? caller.userId : null
  }

  const isGrantAlive = async (grantId: string, userId: string): Promise<boolean> => {
    const grant = await store.find('Grant', sha256(grantId))
    if (!grant || grant.user_id !== userId || grant.expires_at <= now()) return false
    const session = grant.session_id === null ? undefined : await needs.findSession(grant.session_id)
    if (session && session.ended_at === null && session.expires_at > now()) return true
    const isEndedByOwner = session?.end_reason === 'logout' || session?.end_reason === 'replaced'
    if (session && session.ended_at !== null && !isEndedByOwner) return false
    // The user left or signed in again, or the session expired: access for offline use goes on, all other access ends.
    return scopesIn(needs.open(grant.content, recordContext('Grant', grant.id))).includes('offline_access')
  }
  const findAccount = async (userId: string, grantId: string | null): Promise<AccountClaims | undefined> => {
    const user = await needs.findUser(userId)
    if (user?.status !== 'active') return undefined
    if (grantId !== null && !(await isGrantAlive(grantId, userId))) return undefined
    return claimsOf(user)
  }

  /** Ties a grant to the browser session that it was given in, and records a new one. */
  const bindGrant = (
    grantId: string,
    caller: Caller | undefined,
    authorized: { applicationId: string; scopes: string[] } | undefined,
  ) =>
    database.transaction(async (tx) => {
      await store.setSession(tx, 'Grant', sha256(grantId), caller?.sessionId ?? null)
      if (!caller || !authorized) return
      await audit.record(tx, caller, {
        type: 'application.authorized',
        target: { kind: 'application', id: authorized.applicationId },
        changes: { scopes: authorized.scopes },
      })
    })

  /** Adds the scopes that a first-party application asks for, or those that the user allowed before. */
  const grantOf = async (ctx: ProtocolContext, provider: ProtocolProvider) => {
    const { client, session, account, result } = ctx.oidc
    const userId = account?.accountId
    if (!client || !userId) return undefined
    const isFirstParty = (client as unknown as { first_party: boolean }).first_party
    const grantId = result?.consent?.grantId ?? session?.grantIdFor(client.clientId)
    const found = grantId ? await provider.Grant.find(grantId) : undefined
    const isOwn = found?.accountId === userId && found.clientId === client.clientId
    const grant = isOwn ? found : new provider.Grant({ accountId: userId, clientId: client.clientId })
    const allowed = isFirstParty
      ? [...ctx.oidc.requestParamScopes]
      : await allowedBefore(userId, client.clientId)
    if (!isOwn && allowed.length === 0 && !isFirstParty) return undefined
    grant.addOIDCScope(allowed.join(' '))
    for (const resource of Object.keys(ctx.oidc.resourceServers ?? {}))
      grant.addResourceScope(resource, allowed.join(' '))
    const id = await grant.save()
    const authorized = isOwn ? undefined : { applicationId: client.clientId, scopes: allowed }
    await bindGrant(id, callers.get(ctx.req), authorized)
    return grant
  }
  const allowedBefore = async (userId: string, applicationId: string): Promise<string[]> => {
    const rows = await store.listGrants(userId, now())
    const scopes = rows
      .filter((row) => row.application_id === applicationId)
      .flatMap((row) => scopesIn(needs.open(row.content, recordContext('Grant', row.id))))
    return [...new Set(scopes)]
  }

  const current = async (): Promise<ProtocolProvider> => {
    const jwks = await needs.privateJwks()
    const keys = jwks.keys.map(({ kid }) => kid).join(' ')
    if (built?.keys === keys) return built.provider
    const { alreadyUsed, createProvider } = await import('./provider.ts')
    const adapters = createAdapters(
      { database, seal: needs.seal, open: needs.open, alreadyUsed, findClient },
      store,
    )
    const provider = createProvider({
      issuer: needs.issuer,
      jwks,
      cookieKey: needs.cookieKey,
      adapters,
      userOf: browserUserOf,
      findAccount,
      isGrantAlive,
      grantOf,
      async endSession(request) {
        const caller = callers.get(request)
        if (caller?.sessionId) await needs.endSession(caller)
      },
      failed: (error) => log.error({ event: 'oauth.failed', err: error }, 'a request of the protocol failed'),
    })
    built = { keys, provider }
    return provider
  }
  const findClient = async (id: string): Promise<AdapterPayload | undefined> => {
    const application = await findApplication(id)
    return application && metadataOf(application)
  }

  return {
    /** Answers a request of the protocol on the raw response. */
    async handle(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
      callers.set(request, caller)
      await (await current()).callback()(request, response)
    },

    /** The next step of a browser that came from an application: sign in, allow, or go back. */
    async step(
      request: IncomingMessage,
      response: ServerResponse,
      caller: Caller,
      decision: 'allow' | 'deny' | null,
    ): Promise<Step> {
      callers.set(request, caller)
      const provider = await current()
      const { prompt, params, uid, iat } = await provider.interactionDetails(request, response)
      const path = `/oauth2/interaction/${uid}`
      const application = await findApplication(String(params['client_id']))
      const userId = browserUserOf(request)
      const finish = async (result: InteractionResults): Promise<Step> => ({
        kind: 'redirect',
        location: await provider.interactionResult(request, response, result, {
          mergeWithLastSubmission: !('error' in result),
        }),
      })
      const session = caller.sessionId === null ? undefined : await needs.findSession(caller.sessionId)
      const signedInAt = session ? Math.floor(Date.parse(session.created_at) / 1000) : 0
      const mustBeNew = prompt.reasons.includes('login_prompt') || prompt.reasons.includes('max_age')
      if (userId === null || (prompt.name === 'login' && mustBeNew && signedInAt < iat))
        return {
          kind: 'redirect',
          location: `/sign-in?return_to=${encodeURIComponent(path)}${userId === null ? '' : '&again=true'}`,
        }
      const user = await needs.findUser(userId)
      if (!application || !user || !mayUse(user, application))
        return finish({
          error: 'access_denied',
          error_description: 'The user may not use this application.',
        })
      if (prompt.name === 'login') return finish({ login: { accountId: userId, ts: signedInAt } })
      const scopes = String(params['scope'] ?? '').split(' ')
      if (decision === 'deny')
        return finish({ error: 'access_denied', error_description: 'The user denied the request.' })
      if (decision === null && !application.first_party)
        return { kind: 'consent', application: application.name, scopes }
      const grant = new provider.Grant({ accountId: userId, clientId: application.client_id })
      grant.addOIDCScope(scopes.join(' '))
      if (application.audience !== null) grant.addResourceScope(application.audience, scopes.join(' '))
      const grantId = await grant.save()
      await bindGrant(grantId, caller, { applicationId: application.client_id, scopes })
      return finish({ consent: { grantId } })
    },

    /** Housekeeping. */
    deleteExpired: (limit: number): Promise<number> =>
      database.transaction((tx) => store.deleteExpired(tx, now(), limit)),
  }
}

function mayUse(user: Account, application: Application): boolean {
  if (user.status !== 'active') return false
  return application.roles.length === 0 || application.roles.some((role) => user.roles.includes(role))
}

/** OpenID Connect Core §5.1. */
function claimsOf(user: Account): AccountClaims {
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ')
  return {
    sub: user.id,
    name: name === '' ? user.username : name,
    ...(user.first_name !== null && { given_name: user.first_name }),
    ...(user.last_name !== null && { family_name: user.last_name }),
    preferred_username: user.username,
    updated_at: Math.floor(Date.parse(user.updated_at) / 1000),
    email: user.email,
    email_verified: user.email_verified,
    roles: user.roles,
  }
}

/** OpenID Connect Dynamic Client Registration §2, with members of our own. */
function metadataOf(application: Application & { secret_hashes: string[] }): AdapterPayload {
  const { kind, secret_hashes } = application
  const isPublic = kind === 'browser' || kind === 'native'
  return {
    client_id: application.client_id,
    client_name: application.name,
    application_type: kind === 'native' ? 'native' : 'web',
    redirect_uris: application.redirect_uris,
    post_logout_redirect_uris: application.post_logout_redirect_uris,
    grant_types: kind === 'machine' ? ['client_credentials'] : ['authorization_code', 'refresh_token'],
    response_types: kind === 'machine' ? [] : ['code'],
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
    // The library asks for a secret; its check compares hashes instead.
    ...(!isPublic && { client_secret: secret_hashes[0] ?? 'none' }),
    id_token_signed_response_alg: application.token_algorithm,
    first_party: application.first_party,
    secret_hashes,
    audience: application.audience,
  } as AdapterPayload
}

function scopesIn(content: string): string[] {
  const { openid } = JSON.parse(content) as { openid?: { scope?: string } }
  return openid?.scope?.split(' ') ?? []
}
