/** The sign-in with an account at another provider, from the button to the session. */
import { type Caller, isRestricted } from '../../caller.ts'
import { newSecret, now } from '../../clock.ts'
import { AppError, isAppError } from '../../errors.ts'
import type { Attempts, Going } from './attempts.ts'
import { createEntering, type EnteringNeeds, type Failure, type Opened } from './entering.ts'
import { type Identities, onlySelf } from './identities.ts'
import type { IdentityStore } from './identity-store.ts'
import type { ProviderStore } from './store.ts'
import type { Claims } from './upstream/claims.ts'
import { type Provider, type ProviderRow, providerOf } from './upstream/provider.ts'
import type { Upstream } from './upstream/upstream.ts'

export type Outcome =
  | ({ kind: 'entered' } & Opened & Pick<Going, 'returnTo' | 'sharedComputer'>)
  | { kind: 'linked' }
  /** No user has the identity: its owner signs in with another account and links the identity with this token. */
  | { kind: 'waiting'; token: string; provider: string; account: string; returnTo: string | null }
  | { kind: 'failed'; reason: Failure; isLink: boolean; returnTo: string | null }

type Stores = { providers: ProviderStore; identities: IdentityStore }

type Parts = {
  upstream: Upstream
  attempts: Attempts
  identities: Identities
  callbackUrl(providerId: string): string
}

export type Flow = ReturnType<typeof createFlow>

export function createFlow(
  needs: EnteringNeeds,
  stores: Stores,
  { upstream, attempts, identities, callbackUrl }: Parts,
) {
  const { log } = needs
  const open = createEntering(needs, stores.identities, identities)

  const find = async (id: string): Promise<{ provider: Provider; row: ProviderRow }> => {
    const row = await stores.providers.find(id)
    if (!row || row.enabled_at === null) throw new AppError('not_found')
    return { provider: providerOf(row), row }
  }

  const begin = async (
    id: string,
    cookie: string | undefined,
    wanted: Pick<Going, 'returnTo' | 'sharedComputer' | 'link'>,
  ): Promise<{ location: string; browser: string }> => {
    const registered = await find(id)
    const browser = attempts.browserOf(cookie)
    const going: Going = { kind: 'state', nonce: newSecret(), verifier: newSecret(), ...wanted }
    const state = await attempts.begin(browser, id, going)
    try {
      const location = await upstream.authorizationUrl(registered, callbackUrl(id), { state, ...going })
      return { location, browser }
    } catch (error) {
      log.warn(
        { event: 'identity_provider.unavailable', provider: id, err: error },
        'a provider cannot be reached',
      )
      throw new AppError('dependency_unavailable', {
        detail: `${registered.provider.name} cannot be reached.`,
      })
    }
  }

  const link = async (caller: Caller, going: Going, provider: Provider, claims: Claims): Promise<Outcome> => {
    const isSame =
      going.link !== null && caller.userId === going.link.userId && caller.sessionId === going.link.sessionId
    const failed = (reason: Failure): Outcome => ({ kind: 'failed', reason, isLink: true, returnTo: null })
    if (!isSame || isRestricted(caller, now())) return failed('other_session')
    const account = { issuer: provider.issuer, subject: claims.subject, email: claims.email ?? null }
    try {
      await identities.link(caller, going.link!.userId, account)
      return { kind: 'linked' }
    } catch (error) {
      if (isAppError(error) && error.code === 'already_exists') return failed('linked_elsewhere')
      throw error
    }
  }

  return {
    /** The providers for the buttons of the sign-in page. */
    async choices(): Promise<(Pick<Provider, 'id' | 'name' | 'kind'> & { signs_up: boolean })[]> {
      const rows = (await stores.providers.list()).filter(({ enabled_at }) => enabled_at !== null)
      return rows.map(providerOf).map(({ id, name, kind, sign_up }) => {
        return { id, name, kind, signs_up: sign_up !== 'off' }
      })
    },

    /** @throws not_found, dependency_unavailable */
    begin: (
      id: string,
      cookie: string | undefined,
      returnTo: string | null,
      sharedComputer: boolean,
    ): Promise<{ location: string; browser: string }> =>
      begin(id, cookie, { returnTo, sharedComputer, link: null }),

    /** Begins to link an identity to the account of the caller. @throws not_found, dependency_unavailable */
    async beginLink(
      caller: Caller,
      userId: string,
      id: string,
      cookie: string | undefined,
    ): Promise<{ location: string; browser: string }> {
      onlySelf(caller, userId)
      const link = { userId, sessionId: caller.sessionId }
      return begin(id, cookie, { returnTo: null, sharedComputer: false, link })
    },

    /** Handles the return of the browser from the provider. */
    async finish(
      caller: Caller,
      id: string,
      cookie: string | undefined,
      answer: URLSearchParams,
    ): Promise<Outcome> {
      const state = answer.get('state')
      const taken = await attempts.take('state', state, cookie)
      const going = taken?.content
      const isLink = going?.link != null
      const returnTo = going?.returnTo ?? null
      const failed = (reason: Failure): Outcome => ({ kind: 'failed', reason, isLink, returnTo })
      // An answer of a provider other than the requested one is refused.
      if (!going || taken?.providerId !== id) return failed('expired')
      const registered = await find(id)
      const { provider } = registered
      const checks = { state: state!, nonce: going.nonce, verifier: going.verifier }
      const identified = await upstream.identify(registered, callbackUrl(id), answer, checks)
      if ('refusal' in identified) {
        const { refusal, error } = identified
        if (refusal !== 'cancelled')
          log.warn(
            {
              event: 'identity_provider.sign_in_failed',
              provider: id,
              request_id: caller.requestId,
              err: error,
            },
            'a sign-in with another provider failed',
          )
        return failed(refusal)
      }
      const { claims } = identified
      if (isLink) return link(caller, going, provider, claims)
      const { sharedComputer } = going
      const opened = await open(caller, { provider, claims, sharedComputer })
      if (typeof opened === 'string') return failed(opened)
      if (opened !== null) return { kind: 'entered', ...opened, returnTo, sharedComputer }
      const waiting = { issuer: provider.issuer, subject: claims.subject, email: claims.email ?? null }
      const token = await attempts.begin(cookie!, id, { kind: 'waiting', ...waiting })
      const shown = claims.email ?? claims.username ?? claims.subject
      return { kind: 'waiting', token, provider: provider.name, account: shown, returnTo }
    },

    /** @throws not_found */
    async test(id: string) {
      const row = await stores.providers.find(id)
      if (!row) throw new AppError('not_found')
      return upstream.test({ provider: providerOf(row), row })
    },
  }
}
