/**
 * OpenID Connect and OAuth 2.1 for applications: who may use an application, the scopes of a grant, and its end. The
 * protocol itself is in `provider.ts`, which is loaded at the first request.
 */

import { createHmac, type KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterPayload, InteractionResults } from 'oidc-provider'
import type { AuditLog } from '../../../audit-events.ts'
import { type Caller, systemCaller } from '../../../caller.ts'
import { now } from '../../../clock.ts'
import type { Database } from '../../../database/database.ts'
import type { Sealing } from '../../../encoding/sealed-json.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import type { Look } from '../../../html/page-layout.ts'
import type { Challenges } from '../../factors/challenges.ts'
import type { Groups } from '../../groups/feature.ts'
import type { SigningKeys } from '../../sessions/keys/signing-keys.ts'
import type { Sessions } from '../../sessions/service.ts'
import type { Hooks } from '../../webhooks/hooks/hooks.ts'
import type { Application } from '../application.ts'
import { covers } from '../grants/coverage.ts'
import type { Grants } from '../grants/grants.ts'
import { sidOf } from '../logout/notices.ts'
import type { Applications } from '../service.ts'
import { type Account, type AccountClaims, claimsOf, mayUse } from './account.ts'
import { createAdapters } from './adapter.ts'
import { epochSecondsOf, isPast, levelOf } from './authentication.ts'
import { lasting, metadataOf, ownMetadataOf } from './client-metadata.ts'
import type { OauthStore } from './oauth-store.ts'
import type { ProtocolContext, ProtocolProvider } from './provider.ts'
import { stepPath } from './settings.ts'

type Needs = Pick<Sealing, 'seal' | 'open'> & {
  database: Database
  issuer: string
  look: Look
  cookieKey: string
  /** Derives the refresh token that follows another one. */
  refreshKey: KeyObject
  applications: Pick<Applications, 'find' | 'findWithSecrets'>
  grants: Grants
  store: OauthStore
  privateJwks: SigningKeys['privateJwks']
  /** undefined when there is no such user or the user is deleted. */
  findUser(id: string): Promise<Account | undefined>
  groupsOf: Groups['namesOf']
  authenticationOf: Sessions['authenticationOf']
  /** Whether the account has a second factor. */
  hasFactor: Challenges['isRequired']
  endSession: Sessions['logout']
  audit: AuditLog
  beforeToken: Hooks['beforeToken']
  /** A machine got a token. */
  noteUse(applicationId: string): void
  log: { error(fields: object, message: string): void }
}

/** The URL to which the browser is redirected, or the consent page. */
export type Step =
  | { kind: 'redirect'; location: string }
  | { kind: 'consent'; application: string; scopes: string[]; uiLocales: string; locale: string | null }

export type Protocol = ReturnType<typeof createProtocol>

export function createProtocol(needs: Needs) {
  const { database, audit, grants, log, store } = needs
  const callers = new WeakMap<IncomingMessage, Caller>()
  let built: { keys: string; provider: ProtocolProvider } | undefined

  const successorOf = (token: string) =>
    createHmac('sha256', needs.refreshKey).update(`application ${token}`).digest('base64url')
  const findApplication = (id: string) => needs.applications.findWithSecrets(id)
  const browserUserOf = (request: IncomingMessage): string | null => {
    const caller = callers.get(request)
    return caller?.kind === 'user' && caller.sessionId !== null ? caller.userId : null
  }

  const localeOf = async (request: IncomingMessage): Promise<string | null> => {
    const userId = browserUserOf(request)
    // The page is also shown when the database does not answer.
    const user = userId === null ? undefined : await needs.findUser(userId).catch(() => undefined)
    return user?.locale ?? null
  }

  /**
   * Undefined when the user may not use the application, or the grant has ended.
   * @param known an application that this request has read; the grant may belong to another one
   */
  const findAccount = async (
    userId: string,
    grantHash: string | null,
    known?: Application,
  ): Promise<AccountClaims | undefined> => {
    const user = await needs.findUser(userId)
    if (user?.status !== 'active') return undefined
    if (grantHash === null) return claimsOf(user)
    const grant = await grants.findAlive(grantHash, userId)
    const id = grant?.application_id
    const application = id && (known?.client_id === id ? known : await needs.applications.find(id))
    return application && mayUse(user, application) ? claimsOf(user) : undefined
  }

  /** Binds a new grant to the session of the caller. @returns false when the session has ended */
  const bind = (grantId: string, caller: Caller, applicationId: string, scopes: readonly string[]) => {
    const { userId, sessionId } = caller
    if (userId === null || sessionId === null) return Promise.resolve(false)
    return grants.bind(grantId, { userId, sessionId, applicationId }, scopes, (tx) =>
      audit.record(tx, caller, {
        type: 'application.authorized',
        target: { kind: 'application', id: applicationId },
        changes: { scopes },
      }),
    )
  }

  /**
   * The grant of this session. A new one has the scopes that a first-party application requests, or those that the user
   * allowed before. A grant of another session is not changed, so that it ends with that session.
   */
  const grantOf = async (ctx: ProtocolContext, provider: ProtocolProvider) => {
    const { client, session, account, result } = ctx.oidc
    const caller = callers.get(ctx.req)
    const userId = account?.accountId
    if (!client || !userId || !caller?.sessionId || caller.userId !== userId) return undefined
    const { clientId } = client
    const opened = await needs.authenticationOf(caller.sessionId)
    // The library stores an earlier sign-in of the browser, but the application gets the data of this session.
    if (session && opened) Object.assign(session, { loginTs: epochSecondsOf(opened.at), ...levelOf(opened) })
    session?.sidFor(clientId, sidOf(caller.sessionId, clientId))
    const { first_party: isFirstParty, kind } = ownMetadataOf(client)
    const grantId = result?.consent?.grantId ?? session?.grantIdFor(clientId)
    const found = grantId ? await provider.Grant.find(grantId) : undefined
    const isOwn =
      found?.accountId === userId &&
      found.clientId === clientId &&
      grantId !== undefined &&
      (await grants.sessionOf(grantId)) === caller.sessionId
    const allowed = isFirstParty
      ? lasting(kind, [...ctx.oidc.requestParamScopes])
      : await grants.allowed(userId, clientId)
    const resources = Object.keys(ctx.oidc.resourceServers ?? {})
    if (isOwn && covers(found, allowed, resources)) return found
    if (allowed.length === 0 && !isFirstParty) return undefined
    const grant = isOwn ? found : new provider.Grant({ accountId: userId, clientId })
    grant.addOIDCScope(allowed.join(' '))
    for (const resource of resources) grant.addResourceScope(resource, allowed.join(' '))
    const id = await grant.save()
    if (!isOwn && !(await bind(id, caller, clientId, allowed))) return undefined
    return grant
  }

  const current = async (): Promise<ProtocolProvider> => {
    const jwks = await needs.privateJwks()
    const keys = jwks.keys.map(({ kid }) => kid).join(' ')
    if (built?.keys === keys) return built.provider
    const { alreadyUsed, createProvider } = await import('./provider.ts')
    const adapters = createAdapters(
      { database, seal: needs.seal, open: needs.open, alreadyUsed, findClient, successorOf },
      store,
    )
    const provider = createProvider({
      ...{ issuer: needs.issuer, look: needs.look },
      jwks,
      cookieKey: needs.cookieKey,
      adapters,
      successorOf,
      userOf: browserUserOf,
      localeOf,
      findAccount,
      grantOf,
      groupsOf: needs.groupsOf,
      beforeToken: (request, userId, clientId) =>
        needs.beforeToken(callers.get(request) ?? systemCaller, userId, clientId),
      async endSession(request) {
        const caller = callers.get(request)
        if (caller?.sessionId) await needs.endSession(caller)
      },
      noteUse: needs.noteUse,
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

    /**
     * The name of the application whose request this browser has started and not finished; undefined when the application
     * was deleted. @throws SessionNotFound of the library when the browser has no such request
     */
    async pendingApplication(
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<string | undefined> {
      const { params } = await (await current()).interactionDetails(request, response)
      return (await findApplication(String(params['client_id'])))?.name
    },

    /** The next step of a browser that came from an application: sign-in, consent, or return. */
    async step(
      request: IncomingMessage,
      response: ServerResponse,
      caller: Caller,
      decision: 'allow' | 'deny' | null,
    ): Promise<Step> {
      callers.set(request, caller)
      const provider = await current()
      const { prompt, params, uid, session: origin } = await provider.interactionDetails(request, response)
      const path = needs.look.base + stepPath(uid)
      const application = await findApplication(String(params['client_id']))
      const userId = browserUserOf(request)
      const finish = async (result: InteractionResults): Promise<Step> => ({
        kind: 'redirect',
        location: await provider.interactionResult(request, response, result, {
          mergeWithLastSubmission: !('error' in result),
        }),
      })
      const session = caller.sessionId === null ? undefined : await needs.authenticationOf(caller.sessionId)
      const signedInAt = session ? epochSecondsOf(session.at) : 0
      // The time comes from our clock, unlike the `iat` of the library.
      const began = await store.find('Interaction', sha256(uid))
      const hint = typeof params['login_hint'] === 'string' ? params['login_hint'].slice(0, 254) : ''
      const signIn: Step = {
        kind: 'redirect',
        location: `/sign-in?return_to=${encodeURIComponent(path)}${userId === null ? '' : '&again=true'}${prompt.reasons.includes('acr') ? '&second_factor=true' : ''}${hint === '' ? '' : `&login_hint=${encodeURIComponent(hint)}`}`,
      }
      // A sign-in after the request of the application is always recent enough.
      const isEarlier = !session || !began || session.at < began.created_at
      const isTooWeak = prompt.reasons.includes('acr') && userId !== null && (await needs.hasFactor(userId))
      // Another user has signed in after the library stored its user. The new user has not seen the pages of this step.
      const isOther = origin?.accountId !== undefined && origin.accountId !== userId
      const isNewAsked = String(params['prompt'] ?? '').includes('login') || params['max_age'] !== undefined
      const isTooOld =
        isEarlier &&
        (prompt.reasons.includes('login_prompt') ||
          isPast(signedInAt, params, prompt) ||
          isTooWeak ||
          (prompt.name !== 'login' && isNewAsked))
      const isSignIn = prompt.name === 'login' || isOther
      if (userId === null || (isSignIn && isTooOld)) return signIn
      const user = await needs.findUser(userId)
      if (!application || !user || !mayUse(user, application))
        return finish({
          error: 'access_denied',
          error_description: 'The user may not use this application.',
        })
      if (isSignIn && decision !== 'deny') {
        const result = await finish({ login: { accountId: userId, ts: signedInAt, ...levelOf(session) } })
        if (isOther) await forgetAccount(provider, origin.uid)
        return result
      }
      const scopes = String(params['scope'] ?? '').split(' ')
      const granted = lasting(application.kind, scopes)
      if (decision === 'deny')
        return finish({ error: 'access_denied', error_description: 'The user denied the request.' })
      if (decision === null && !application.first_party) {
        const uiLocales = String(params['ui_locales'] ?? '')
        return { kind: 'consent', application: application.name, scopes, uiLocales, locale: user.locale }
      }
      const grant = new provider.Grant({ accountId: userId, clientId: application.client_id })
      grant.addOIDCScope(granted.join(' '))
      if (application.audience !== null) grant.addResourceScope(application.audience, granted.join(' '))
      const grantId = await grant.save()
      if (!(await bind(grantId, caller, application.client_id, granted))) return signIn
      return finish({ consent: { grantId } })
    },

    isAlive: async (userId: string, grantHash: string | null, known?: Application): Promise<boolean> =>
      (await findAccount(userId, grantHash, known)) !== undefined,

    /** Housekeeping. */
    deleteExpired: (limit: number): Promise<number> =>
      database.transaction((tx) => store.deleteExpired(tx, now(), limit)),
  }
}

/**
 * To sign out its stored user, the library would send a form that submits itself. That form would end the session of
 * the user who is signed in now.
 */
async function forgetAccount(provider: ProtocolProvider, uid: string): Promise<void> {
  const session = await provider.Session.findByUid(uid)
  if (!session) return
  Object.assign(session, { accountId: undefined, authorizations: undefined })
  await session.persist()
}
