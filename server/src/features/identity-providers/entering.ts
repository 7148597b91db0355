/** Decides the account of a sign-in at a provider: the linked one, one with the same proven address, or a new one. */

import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { AppError, isAppError } from '../../errors.ts'
import type { SignIn } from '../sign-in/service.ts'
import type { UsersOfProviders } from '../users/provider-users.ts'
import { claiming, type Identities } from './identities.ts'
import type { IdentityRow, IdentityStore } from './identity-store.ts'
import { createNewcomers, type NewcomersNeeds } from './newcomers.ts'
import { type Claims, ruledRoles } from './upstream/claims.ts'
import type { Provider } from './upstream/provider.ts'

type Account = { id: string; email_verified_at: string | null; disabled_at: string | null }
export type Opened =
  | { secret: string; challenge?: undefined }
  /** The account has a second factor, which the user must still use. */
  | { challenge: string; methods: string[]; secret?: undefined }

export type EnteringNeeds = {
  /** Whether a user must have an e-mail address. */
  email: 'required' | 'optional'
  log: { warn(fields: object, message: string): void }
  /** Whether users can sign in only with a verified address. */
  requireVerifiedEmail: boolean
  users: NewcomersNeeds['users'] &
    Pick<
      UsersOfProviders,
      'find' | 'findByName' | 'findForChange' | 'canonicalName' | 'holdsPermissions' | 'setRoles'
    >
  roles: NewcomersNeeds['roles']
  signIn: Pick<SignIn, 'openProven'>
}

/** The roles of a user after the rules of a provider. */
type RoleChange = { roles: string[]; apply(): Promise<void> }

/** A user whom the provider has identified. */
type Arrival = { provider: Provider; claims: Claims; sharedComputer: boolean }

type Proven = {
  sharedComputer: boolean
  inTransaction(tx: Tx, self: Caller): Promise<void>
  change?: RoleChange | undefined
}

/** The reason why a sign-in through a provider ends without a session; a code for the sign-in page. */
export type Failure =
  | 'expired'
  | 'cancelled'
  | 'failed'
  | 'unavailable'
  | 'refused'
  | 'unverified'
  | 'linked_elsewhere'
  | 'other_session'

export function createEntering(needs: EnteringNeeds, store: IdentityStore, identities: Identities) {
  const { users, log } = needs
  const newcomer = createNewcomers(needs)

  /** Whether the provider is trusted to verify this address. */
  const isProven = ({ domains }: Provider, { email, emailVerified }: Claims): boolean => {
    if (email === undefined || !emailVerified) return false
    const domain = users.canonicalName(email).split('@')[1] ?? ''
    return domains.includes('*') || domains.includes(domain)
  }

  /** undefined when the roles do not change */
  const changeOfRoles = async (
    caller: Caller,
    provider: Provider,
    userId: string,
    claims: Claims,
  ): Promise<RoleChange | undefined> => {
    if (provider.role_rules.length === 0) return undefined
    const row = await users.find(userId)
    if (!row) return undefined
    const { given, ruled } = ruledRoles(provider.role_rules, claims)
    const has = row.roles.split(' ').filter(Boolean)
    const unknown = await needs.roles.unknownAmong(given)
    const wanted = [...has.filter((role) => !ruled.includes(role)), ...given].filter(
      (role) => !unknown.includes(role),
    )
    const roles = [...new Set(wanted)].sort()
    if (roles.join(' ') === row.roles) return undefined
    const apply = async (): Promise<void> => {
      try {
        await users.setRoles(caller, userId, roles)
      } catch (error) {
        if (!isAppError(error) || error.status >= 500) throw error
        const event = { event: 'identity_provider.roles_kept', provider: provider.id, user_id: userId }
        log.warn({ ...event, code: error.code }, 'the roles of a user could not follow a provider')
      }
    }
    return { roles, apply }
  }

  const enter = async (
    caller: Caller,
    userId: string,
    { sharedComputer, inTransaction, change }: Proven,
  ): Promise<Opened | Failure> => {
    const account = await users.find(userId)
    if (!account || account.disabled_at !== null) return 'refused'
    if (needs.requireVerifiedEmail && account.email_verified_at === null) return 'unverified'
    try {
      const proven = { method: 'provider', sharedComputer, inTransaction, change }
      return await needs.signIn.openProven(caller, userId, proven)
    } catch (error) {
      if (isAppError(error) && error.code === 'invalid_credentials') return 'refused'
      if (isAppError(error) && error.code === 'already_exists') return 'linked_elsewhere'
      throw error
    }
  }

  const noteUse = (tx: Tx, { id }: IdentityRow, { email }: Claims) =>
    store.noteUse(tx, id, now(), email ?? null)

  /** The account with the linked identity; undefined when there is none. */
  const enterKnown = async (caller: Caller, arrival: Arrival): Promise<Opened | Failure | undefined> => {
    const { provider, claims, sharedComputer } = arrival
    const known = await store.find(provider.issuer, claims.subject)
    if (!known) return undefined
    const change = await changeOfRoles(caller, provider, known.user_id, claims)
    const inTransaction = (tx: Tx) => noteUse(tx, known, claims)
    return enter(caller, known.user_id, { sharedComputer, inTransaction, change })
  }

  /** Links the identity to the account with the proven address; null when its owner must first give another proof. */
  const enterByAddress = async (
    caller: Caller,
    { provider, claims, sharedComputer }: Arrival & { claims: { email: string } },
    owner: Account,
  ): Promise<Opened | Failure | null> => {
    // For an administrator's account, an attacker might run a malicious provider: its owner must give the password first.
    const isSafe =
      isProven(provider, claims) &&
      owner.email_verified_at !== null &&
      !(await users.holdsPermissions(owner.id))
    if (!isSafe) return null
    const inTransaction = async (tx: Tx, self: Caller) => {
      // The address may have changed or be unproven since the look-up, and the user may have got permissions.
      const then = await users.findForChange(tx, owner.id)
      const isSame = then?.email_verified_at != null && then.email_key === users.canonicalName(claims.email)
      if (!isSame || (await users.holdsPermissions(owner.id, tx))) throw new AppError('invalid_credentials')
      await identities.linkIn(tx, self, owner.id, { ...accountOf(provider, claims), how: 'address' })
    }
    // The roles change only when the identity is linked.
    const change = await changeOfRoles(caller, provider, owner.id, claims)
    const told = change && { roles: change.roles, apply: async () => {} }
    const opened = await enter(caller, owner.id, { sharedComputer, inTransaction, change: told })
    if (typeof opened !== 'string') await change?.apply()
    return opened
  }

  /** Creates an account; null when this is not allowed. */
  const enterNew = async (
    caller: Caller,
    { provider, claims, sharedComputer }: Arrival,
  ): Promise<Opened | Failure | null> => {
    const needsAddress = needs.email === 'required' || needs.requireVerifiedEmail
    if (claims.email === undefined && needsAddress) return null
    const isTrusted = isProven(provider, claims)
    const maySignUp = provider.sign_up === 'open' || (provider.sign_up === 'domains' && isTrusted)
    if (!maySignUp) return null
    const { given } = ruledRoles(provider.role_rules, claims)
    const made = await newcomer(caller, { claims, isProven: isTrusted, roles: given }, async (tx, userId) => {
      await identities.linkIn(tx, caller, userId, { ...accountOf(provider, claims), how: 'sign_up' })
    })
    if (made === 'taken' || made === 'refused') return null
    return enter(caller, made.userId, { sharedComputer, inTransaction: async () => {} })
  }

  const decide = async (caller: Caller, arrival: Arrival): Promise<Opened | Failure | null> => {
    const known = await enterKnown(caller, arrival)
    if (known !== undefined) return known
    const { claims } = arrival
    const { email } = claims
    const owner = email === undefined ? undefined : await users.findByName(email)
    const opened = await claiming(
      email !== undefined && owner
        ? enterByAddress(caller, { ...arrival, claims: { ...claims, email } }, owner)
        : enterNew(caller, arrival),
    ).catch((error: unknown) => {
      if (isAppError(error) && error.code === 'already_exists') return null
      throw error
    })
    if (opened !== null) return opened
    // A concurrent request may have linked the identity.
    return (await enterKnown(caller, arrival)) ?? null
  }

  /** The account for the claims, linked if the rules allow it; null when its owner must first give another proof. */
  return (...who: Parameters<typeof decide>) =>
    decide(...who).catch((error: unknown) => {
      // The hook of the operator refused or did not answer, or the limit of mailed codes is reached.
      if (isAppError(error) && error.code === 'denied_by_hook') return 'refused' as const
      if (isAppError(error) && laterCodes.has(error.code)) return 'unavailable' as const
      throw error
    })
}

/** Errors after which the user can try again. */
const laterCodes: ReadonlySet<string> = new Set(['dependency_unavailable', 'overloaded', 'too_many_requests'])

function accountOf({ issuer }: Provider, { subject, email }: Claims) {
  return { issuer, subject, email: email ?? null }
}
