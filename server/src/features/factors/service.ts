/** Second factors: enrolled and removed by their user, reset by administrators. */

import type { AuditLog, EventType, NewAuditEvent } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller } from '../../caller.ts'
import { isSelf } from '../../caller.ts'
import { fromNow, newBytes, now, nowMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { base32 } from '../../encoding/base32.ts'
import type { Sealing } from '../../encoding/sealed-json.ts'
import { AppError } from '../../errors.ts'
import type { AccountMail } from '../account/account-mail.ts'
import type { UserLookup } from '../users/lookup.ts'
import { type Passkey, passkeyOf } from './passkeys/service.ts'
import type { PasskeyStore } from './passkeys/store.ts'
import type { FactorPolicy } from './policy.ts'
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts'
import { type FactorStore, noWrongCodes } from './store.ts'
import { contextOf, matchingStep, minutesBehind, totpUri } from './totp.ts'
import { isLocked, oldCode } from './verification.ts'

type Needs = Sealing & {
  database: Database
  /** The name of the service in authenticator apps. */
  site: string
  audit: AuditLog
  users: Pick<UserLookup, 'mayManage' | 'findForChange'>
  tell: AccountMail['factorsChanged']
  /** Ends the sessions of the user but that of the caller. */
  endOtherSessions(tx: Tx, caller: Caller, userId: string): Promise<void>
  /** Removes all trusted browsers. */
  removeTrusted(tx: Tx, userId: string): Promise<void>
  rights: Pick<RightsCaches, 'invalidate'>
}

/** How long the secret of a new app is valid without its first code. */
const enrolmentSeconds = 600

export type Factors = {
  /** `locked`: after too many wrong codes, until a recovery code or a passkey is used. */
  totp: { created_at: string; locked: boolean } | null
  passkeys: Passkey[]
  recovery_codes: { left: number; created_at: string } | null
}
export type NewTotp = { secret: string; uri: string; qr_svg: string }

export type FactorService = ReturnType<typeof createFactors>

export function createFactors(
  needs: Needs,
  store: FactorStore,
  passkeyStore: PasskeyStore,
  policy: Pick<FactorPolicy, 'needNone' | 'fulfilled'>,
) {
  const { database, audit, users } = needs

  const onlySelf = (caller: Caller, userId: string) => {
    if (!isSelf(caller, userId)) throw new AppError('forbidden', { detail: 'Only the user may do this.' })
  }
  const hold = async (tx: Tx, userId: string) => {
    const user = await users.findForChange(tx, userId)
    if (!user || user.deleted_at !== null) throw new AppError('not_found')
    return user
  }
  const event = (type: EventType, id: string, changes?: Record<string, unknown>): NewAuditEvent => ({
    type,
    target: { kind: 'user', id },
    ...(changes && { changes }),
  })
  const giveRecoveryCodes = async (tx: Tx, caller: Caller, userId: string): Promise<string[]> => {
    const codes = newRecoveryCodes()
    const hashes = codes.map((code) => recoveryCodeHash(userId, code))
    await store.replaceRecoveryCodes(tx, userId, hashes, now())
    await audit.record(tx, caller, event('factor.recovery_codes_created', userId))
    return codes
  }

  const hasFactor = async (userId: string, tx: Tx): Promise<boolean> => {
    const totp = await store.findTotp(userId, tx)
    if (totp && totp.confirmed_at !== null) return true
    return (await passkeyStore.list(userId, tx)).length > 0
  }
  /** Recovery codes replace other factors: they are deleted with the last one, and sign-ins that wait for a factor end. */
  const factorRemoved = async (tx: Tx, userId: string): Promise<void> => {
    needs.rights.invalidate(tx, [userId])
    if (await hasFactor(userId, tx)) return
    await policy.needNone(tx, userId)
    await store.deleteRecoveryCodes(tx, userId)
    await store.deleteChallengesOf(tx, userId)
    await needs.removeTrusted(tx, userId)
  }
  /**
   * Adding the first factor ends the other sessions, which were opened with the password alone.
   * @returns recovery codes for a user who has none, else null
   */
  const factorAdded = async (tx: Tx, caller: Caller, userId: string): Promise<string[] | null> => {
    needs.rights.invalidate(tx, [userId])
    await policy.fulfilled(tx, userId)
    const present = await store.listRecoveryCodes(userId, tx)
    if (present.length > 0) return null
    await needs.endOtherSessions(tx, caller, userId)
    return giveRecoveryCodes(tx, caller, userId)
  }

  /** @returns whether there was a factor */
  const removeAllIn = async (tx: Tx, userId: string): Promise<boolean> => {
    needs.rights.invalidate(tx, [userId])
    const hadTotp = await store.deleteTotp(tx, userId)
    const hadPasskey = await passkeyStore.deleteAll(tx, userId)
    await store.deleteRecoveryCodes(tx, userId)
    await store.deleteChallengesOf(tx, userId)
    await needs.removeTrusted(tx, userId)
    return hadTotp || hadPasskey
  }

  return {
    /** The route and `mayManage` decide who may read them. */
    async list(caller: Caller, userId: string): Promise<Factors> {
      await users.mayManage(caller, userId, 'users:read')
      return this.listOf(userId)
    },

    async listOf(userId: string): Promise<Factors> {
      const [totp, passkeys, codes] = await Promise.all([
        store.findTotp(userId),
        passkeyStore.list(userId),
        store.listRecoveryCodes(userId),
      ])
      return {
        totp: totp?.confirmed_at ? { created_at: totp.confirmed_at, locked: isLocked(totp) } : null,
        passkeys: passkeys.map(passkeyOf),
        recovery_codes:
          codes[0] === undefined ? null : { left: codes.length, created_at: codes[0].created_at },
      }
    },

    /**
     * Begins to enrol an authenticator app. The factor is active after a code has confirmed it.
     * @throws already_exists
     */
    async beginTotp(caller: Caller, userId: string): Promise<NewTotp> {
      onlySelf(caller, userId)
      const secret = newBytes(20)
      const account = await database.transaction(async (tx) => {
        const user = await hold(tx, userId)
        const present = await store.findTotp(userId, tx)
        if (present && present.confirmed_at !== null)
          throw new AppError('already_exists', { detail: 'The account has an authenticator app already.' })
        await store.putTotp(tx, {
          user_id: userId,
          secret: needs.seal(secret.toString('base64url'), contextOf(userId)),
          created_at: now(),
          confirmed_at: null,
          last_step: null,
          ...noWrongCodes,
        })
        return user
      })
      const uri = totpUri({ issuer: needs.site, account: account.username, secret })
      const { renderSVG } = await import('uqr')
      return { secret: base32(secret), uri, qr_svg: renderSVG(uri) }
    },

    /**
     * Confirms the authenticator app with one of its codes.
     * @returns recovery codes, which are not shown again; null when the user has some already
     * @throws not_found, invalid_grant after ten minutes, invalid_code
     */
    async confirmTotp(
      caller: Caller,
      userId: string,
      code: string,
    ): Promise<{ recovery_codes: string[] | null }> {
      onlySelf(caller, userId)
      const codes = await database.transaction(async (tx) => {
        await hold(tx, userId)
        const totp = await store.findTotpForChange(tx, userId)
        if (!totp || totp.confirmed_at !== null) throw new AppError('not_found')
        if (totp.created_at <= fromNow(-enrolmentSeconds))
          throw new AppError('invalid_grant', { detail: 'This took more than 10 minutes. Begin again.' })
        const secret = Buffer.from(needs.open(totp.secret, contextOf(userId)), 'base64url')
        const step = matchingStep(secret, code, nowMs())
        if (step === null) throw refusalOfApp(minutesBehind(secret, code, nowMs()))
        await store.updateTotp(tx, userId, { confirmed_at: now(), last_step: step })
        await audit.record(tx, caller, event('factor.added', userId, { factor: 'totp' }))
        await needs.tell(tx, userId, { key: 'app_added' })
        return factorAdded(tx, caller, userId)
      })
      return { recovery_codes: codes }
    },

    /** @throws not_found */
    async removeTotp(caller: Caller, userId: string): Promise<void> {
      onlySelf(caller, userId)
      await database.transaction(async (tx) => {
        await hold(tx, userId)
        if (!(await store.deleteTotp(tx, userId))) throw new AppError('not_found')
        await factorRemoved(tx, userId)
        await audit.record(tx, caller, event('factor.removed', userId, { factor: 'totp' }))
        await needs.tell(tx, userId, { key: 'app_removed' })
      })
    },

    /** Creates ten new codes; the former ones become invalid. @throws not_found */
    async newRecoveryCodes(caller: Caller, userId: string): Promise<{ recovery_codes: string[] }> {
      onlySelf(caller, userId)
      const codes = await database.transaction(async (tx) => {
        await hold(tx, userId)
        if (!(await hasFactor(userId, tx)))
          throw new AppError('not_found', { detail: 'Add an authenticator app or a passkey first.' })
        const given = await giveRecoveryCodes(tx, caller, userId)
        await needs.tell(tx, userId, { key: 'recovery_codes_created' })
        return given
      })
      return { recovery_codes: codes }
    },

    hasFactor,
    factorRemoved,
    factorAdded,

    /**
     * Called in the transaction in which the owner of the address takes over the account, because a stranger may have
     * added the factors.
     */
    removeAllIn,

    /** Removes all second factors of a user who lost the device, for an administrator. */
    async reset(caller: Caller, userId: string): Promise<void> {
      if (isSelf(caller, userId))
        throw new AppError('forbidden', { detail: 'Remove your own factors one by one.' })
      await users.mayManage(caller, userId, 'users:write')
      await database.transaction(async (tx) => {
        await hold(tx, userId)
        if (!(await removeAllIn(tx, userId))) return
        await audit.record(tx, caller, event('factor.reset', userId))
        await needs.tell(tx, userId, { key: 'factors_removed' })
      })
    },
  }
}

/** The answer may say how much the clock of the device differs, because the caller already has the secret. */
function refusalOfApp(behind: number | null): AppError {
  if (behind === null)
    return new AppError('invalid_code', {
      detail: 'The code does not fit. Check that the clock of the device is right.',
    })
  if (behind > 0) return oldCode(behind)
  const ahead = -behind
  return new AppError('invalid_code', {
    detail: `The clock of the device is ${ahead} ${ahead === 1 ? 'minute' : 'minutes'} fast. Set it right and try again.`,
    members: { clock_minutes_behind: behind },
  })
}
