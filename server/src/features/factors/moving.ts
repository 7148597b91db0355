/** Authenticator apps that move between installations and from other systems, always sealed on the way. */

import { now } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { fromBase32 } from '../../encoding/base32.ts'
import { contextOf } from './service.ts'
import type { FactorStore } from './store.ts'

/** What an import says of an authenticator app: as our export has it, or the secret in base32. */
export type BroughtTotp = { sealed: string } | { secret: string }

type Needs = {
  seal(text: string, context: string): string
  open(sealed: string, context: string): string
}

/** Shorter secrets can be guessed; longer ones are not what apps make. */
const fewestBytes = 10
const mostBytes = 128

export type FactorMoving = ReturnType<typeof createFactorMoving>

export function createFactorMoving({ seal, open }: Needs, store: FactorStore) {
  const secretOf = (userId: string, brought: BroughtTotp): Buffer | undefined => {
    if ('secret' in brought) return fromBase32(brought.secret)
    try {
      return Buffer.from(open(brought.sealed, contextOf(userId)), 'base64url')
    } catch {
      return undefined // sealed with another secret key, or for another user
    }
  }

  return {
    /** The confirmed apps of these users, sealed with the secret key of the installation. */
    listSealed: store.listSealedTotp,

    /** The app sealed for the database; undefined when it cannot be taken over. */
    readTotp(userId: string, brought: BroughtTotp): string | undefined {
      const secret = secretOf(userId, brought)
      if (!secret || secret.length < fewestBytes || secret.length > mostBytes) return undefined
      if ('sealed' in brought) return brought.sealed
      return seal(secret.toString('base64url'), contextOf(userId))
    },

    /** Gives new users the apps that an import brought. */
    async setTotps(tx: Tx, rows: readonly { userId: string; sealed: string }[]): Promise<void> {
      const at = now()
      await store.insertTotps(
        tx,
        rows.map(({ userId, sealed }) => ({
          user_id: userId,
          secret: sealed,
          created_at: at,
          confirmed_at: at,
          last_step: null,
          failures: 0,
          failures_until: null,
        })),
      )
    },
  }
}
