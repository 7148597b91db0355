/** Export and import of authenticator apps, always encrypted. */

import type { AuditLog } from '../../audit-events.ts'
import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { base32, fromBase32 } from '../../encoding/base32.ts'
import type { Sealing } from '../../encoding/sealed-json.ts'
import type { Phrase } from '../../mail/phrases.ts'
import { type FactorStore, noWrongCodes, type TotpRow } from './store.ts'
import { contextOf } from './totp.ts'

/** An authenticator app in an import: in the format of our export, or the secret in base32. */
export type BroughtTotp = { sealed: string } | { secret: string }

type Needs = Sealing & {
  rights: { invalidate(tx: Tx, users: readonly string[]): void }
  audit: AuditLog
  /** Informs the policy that the user has a factor. */
  fulfilled(tx: Tx, userId: string): Promise<void>
  tell(tx: Tx, userId: string, what: Phrase): Promise<void>
}

type SealedTotp = { userId: string; sealed: string }

function rowOf({ userId, sealed }: SealedTotp): TotpRow {
  const at = now()
  return {
    ...{ user_id: userId, secret: sealed, created_at: at, confirmed_at: at },
    ...{ last_step: null, ...noWrongCodes },
  }
}

/** The allowed lengths: shorter secrets can be guessed, and apps do not create longer ones. */
const fewestBytes = 10
const mostBytes = 128

export type FactorMoving = ReturnType<typeof createFactorMoving>

export function createFactorMoving(needs: Needs, store: FactorStore) {
  const { seal, open } = needs
  const secretOf = (userId: string, brought: BroughtTotp): Buffer | undefined => {
    if ('secret' in brought) return fromBase32(brought.secret)
    try {
      return Buffer.from(open(brought.sealed, contextOf(userId)), 'base64url')
    } catch {
      return undefined // encrypted with another secret key, or for another user
    }
  }

  return {
    /** The confirmed apps of these users, encrypted with the secret key of the installation. */
    listSealed: store.listSealedTotp,

    /** The secrets of the confirmed apps of these users in base32, only for exports that are encrypted as a whole. */
    async listSecrets(userIds: readonly string[]): Promise<Map<string, string>> {
      const found = await store.listSealedTotp(userIds)
      const secrets = [...found].map(([userId, sealed]) => {
        const secret = Buffer.from(open(sealed, contextOf(userId)), 'base64url')
        return [userId, base32(secret)] as const
      })
      return new Map(secrets)
    },

    /** The app encrypted for the database; undefined when it cannot be imported. */
    readTotp(userId: string, brought: BroughtTotp): string | undefined {
      const secret = secretOf(userId, brought)
      if (!secret || secret.length < fewestBytes || secret.length > mostBytes) return undefined
      if ('sealed' in brought) return brought.sealed
      return seal(secret.toString('base64url'), contextOf(userId))
    },

    /** Stores imported apps of new users. */
    setTotps: (tx: Tx, apps: readonly SealedTotp[]): Promise<void> => store.insertTotps(tx, apps.map(rowOf)),

    async hasTotp(tx: Tx, userId: string): Promise<boolean> {
      return ((await store.findTotp(userId, tx))?.confirmed_at ?? null) !== null
    },

    /** Stores an imported app of an existing user. With `tells` the user gets a mail. */
    async addTotp(tx: Tx, caller: Caller, app: SealedTotp, tells: boolean): Promise<void> {
      const { userId } = app
      needs.rights.invalidate(tx, [userId])
      await store.putTotp(tx, rowOf(app))
      await needs.fulfilled(tx, userId)
      await needs.audit.record(tx, caller, {
        type: 'factor.added',
        reason: 'import',
        target: { kind: 'user', id: userId },
        changes: { factor: 'totp' },
      })
      if (tells) await needs.tell(tx, userId, { key: 'app_added' })
    },
  }
}
