/** Lets users add, rename and remove their passkeys. */

import type { AuditLog } from '../../../audit-events.ts'
import { type Caller, isSelf } from '../../../caller.ts'
import { newId, now } from '../../../clock.ts'
import { type Database, duplicateIndex, type Tx } from '../../../database/database.ts'
import { AppError, invalidInput } from '../../../errors.ts'
import type { PasskeyAnswer } from '../../../factor-answers.ts'
import type { Phrase } from '../../../mail/phrases.ts'
import type { PasskeyChallenges } from './challenges.ts'
import { productOf } from './products.ts'
import type { PasskeyRow, PasskeyStore } from './store.ts'
import { challengeOf, type RelyingParty, readRegistration, registrationOptions } from './webauthn.ts'

export type Passkey = {
  id: string
  name: string
  product: string | null
  created_at: string
  last_used_at: string | null
  backed_up: boolean
}

type Account = {
  id: string
  username: string
  first_name: string | null
  last_name: string | null
  deleted_at: string | null
}
export type PasskeyNeeds = {
  database: Database
  party: RelyingParty
  audit: AuditLog
  hold(tx: Tx, userId: string): Promise<Account | undefined>
  tell(tx: Tx, userId: string, what: Phrase): Promise<void>
  /** Ten recovery codes for a user who has none; null for others. */
  factorAdded(tx: Tx, caller: Caller, userId: string): Promise<string[] | null>
  /** Called after a factor was removed: deletes recovery codes without another factor. @throws last_factor */
  factorRemoved(tx: Tx, userId: string): Promise<void>
}

const atMost = 20

export type Passkeys = ReturnType<typeof createPasskeys>

export function createPasskeys(needs: PasskeyNeeds, store: PasskeyStore, challenges: PasskeyChallenges) {
  const { database, audit, party } = needs

  const onlySelf = (caller: Caller, userId: string) => {
    if (!isSelf(caller, userId)) throw new AppError('forbidden', { detail: 'Only the user may do this.' })
  }
  const hold = async (tx: Tx, userId: string): Promise<Account> => {
    const user = await needs.hold(tx, userId)
    if (!user || user.deleted_at !== null) throw new AppError('not_found')
    return user
  }
  const refuseTooMany = (present: readonly unknown[]) => {
    if (present.length >= atMost)
      throw new AppError('forbidden', { detail: `An account has at most ${atMost} passkeys.` })
  }
  const purposeOf = (userId: string) => ({ kind: 'registration', subject: userId }) as const

  return {
    /** @returns the argument of `PublicKeyCredential.parseCreationOptionsFromJSON`; valid for 5 minutes */
    async options(caller: Caller, userId: string): Promise<{ options: object }> {
      onlySelf(caller, userId)
      const { user, present } = await database.transaction(async (tx) => ({
        user: await hold(tx, userId),
        present: await store.list(userId, tx),
      }))
      refuseTooMany(present)
      const shownName = [user.first_name, user.last_name].filter(Boolean).join(' ') || user.username
      const account = { id: userId, username: user.username, shownName }
      const challenge = challenges.issue(purposeOf(userId))
      return { options: await registrationOptions(party, challenge, account, present) }
    },

    /**
     * Adds the passkey that answers the options.
     * @returns also recovery codes, which are not shown again, when the user had no other factor
     * @throws invalid_grant when the options have expired or were used; invalid_input, already_exists
     */
    async add(
      caller: Caller,
      userId: string,
      name: string,
      answer: PasskeyAnswer,
    ): Promise<Passkey & { recovery_codes: string[] | null }> {
      onlySelf(caller, userId)
      const challenge = challengeOf(answer)
      const isUsable =
        challenge !== undefined &&
        (await database.transaction((tx) => challenges.use(tx, challenge, purposeOf(userId))))
      if (!isUsable) throw new AppError('invalid_grant')
      const made = await readRegistration(party, challenge, answer)
      if (!made)
        throw invalidInput([
          {
            pointer: '/passkey',
            code: 'invalid_passkey',
            detail: 'The passkey was not made for this page and these options.',
          },
        ])
      const { isBackedUp, ...key } = made
      const row: PasskeyRow = {
        id: newId(),
        user_id: userId,
        ...key,
        name,
        rp_id: party.id,
        backed_up_at: isBackedUp ? now() : null,
        created_at: now(),
        last_used_at: null,
      }
      const recovery_codes = await database
        .transaction(async (tx) => {
          await hold(tx, userId)
          refuseTooMany(await store.list(userId, tx))
          await store.insert(tx, row)
          const target = { kind: 'user', id: userId } as const
          await audit.record(tx, caller, { type: 'factor.added', target, changes: { factor: 'passkey' } })
          await needs.tell(tx, userId, { key: 'passkey_added' })
          return needs.factorAdded(tx, caller, userId)
        })
        .catch((error: unknown) => {
          throw duplicateIndex(error) === undefined
            ? error
            : new AppError('already_exists', { detail: 'This passkey is known already.' })
        })
      return { ...passkeyOf(row), recovery_codes }
    },

    /** @throws not_found */
    async rename(caller: Caller, userId: string, id: string, name: string): Promise<Passkey> {
      onlySelf(caller, userId)
      const row = await database.transaction(async (tx) => {
        await hold(tx, userId)
        const renamed = await store.rename(tx, userId, id, name)
        if (!renamed) throw new AppError('not_found')
        const target = { kind: 'user', id: userId } as const
        await audit.record(tx, caller, { type: 'factor.renamed', target, changes: { factor: 'passkey' } })
        return renamed
      })
      return passkeyOf(row)
    },

    /** @throws not_found */
    async remove(caller: Caller, userId: string, id: string): Promise<void> {
      onlySelf(caller, userId)
      await database.transaction(async (tx) => {
        await hold(tx, userId)
        if (!(await store.delete(tx, userId, id))) throw new AppError('not_found')
        await needs.factorRemoved(tx, userId)
        const target = { kind: 'user', id: userId } as const
        await audit.record(tx, caller, { type: 'factor.removed', target, changes: { factor: 'passkey' } })
        await needs.tell(tx, userId, { key: 'passkey_removed' })
      })
    },
  }
}

export function passkeyOf(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    name: row.name,
    product: productOf(row.aaguid),
    created_at: row.created_at,
    last_used_at: row.last_used_at,
    backed_up: row.backed_up_at !== null,
  }
}
