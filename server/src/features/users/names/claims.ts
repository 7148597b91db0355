/**
 * Users may not choose a username that looks like the username of another user. This includes usernames that other
 * users gave up during the last 30 days, and former usernames with which imported users sign in. Administrators may set
 * such a username.
 */
import { createHash } from 'node:crypto'
import { fromNow, now } from '../../../clock.ts'
import type { Database, Reader, Tx } from '../../../database/database.ts'
import { AppError } from '../../../errors.ts'
import { createLookStore } from './look-store.ts'
import { latinLook } from './looks.ts'

const reservedSeconds = 30 * 24 * 3600
/** The number of former usernames reserved for one user. */
const maxReserved = 3

type Named = { id: string; username_key: string }

export type NameClaims = ReturnType<typeof createNameClaims>

export function createNameClaims(database: Database) {
  const store = createLookStore(database)
  const reserve = () => fromNow(reservedSeconds)

  /** @throws username_taken */
  const refuseTaken = async (from: Tx | Reader, { id, username_key }: Named): Promise<void> => {
    const look = latinLook(username_key)
    const isTaken = await store.isTaken(from, [look, hidden(look)], id, now())
    if (isTaken || (await store.isPrevious(from, username_key, id)))
      throw new AppError('username_taken', {
        detail: 'Another user has, or had during the last 30 days, this username or one that looks like it.',
      })
  }

  return {
    /** Call it before other work for a username that a user chose. @throws username_taken */
    refuseLookalike: (user: Named): Promise<void> => refuseTaken(database.read, user),

    /**
     * Claims the username in the transaction that writes it. Of two concurrent writes of similar names, one is refused.
     * @throws username_taken
     */
    async choose(tx: Tx, user: Named): Promise<void> {
      await database.dialect.lock(tx, `look ${latinLook(user.username_key)}`)
      await refuseTaken(tx, user)
    },

    async claim(tx: Tx, { id, username_key }: Named): Promise<void> {
      await store.put(tx, { look: latinLook(username_key), user_id: id, reserved_until: null })
    },

    async claimMany(tx: Tx, users: readonly Named[]): Promise<void> {
      const rowOf = ({ id, username_key }: Named) => ({
        ...{ look: latinLook(username_key), user_id: id, reserved_until: null },
      })
      await store.insertMany(tx, users.map(rowOf))
    },

    /** Reserves a username that the user gave up, or whose user was deleted. */
    async leave(tx: Tx, { id, username_key }: Named): Promise<void> {
      await store.put(tx, { look: latinLook(username_key), user_id: id, reserved_until: reserve() })
      const reserved = (await store.listOf(tx, id)).filter(({ reserved_until }) => reserved_until !== null)
      for (const row of reserved.slice(maxReserved)) await store.delete(tx, row)
    },

    /** An unproven account reserves no username. */
    async free(tx: Tx, id: string): Promise<void> {
      for (const row of await store.listOf(tx, id)) await store.delete(tx, row)
    },

    /** Called when the user is erased. The reservations remain, but the names are no longer readable. */
    async erase(tx: Tx, id: string): Promise<void> {
      for (const row of await store.listOf(tx, id)) {
        await store.delete(tx, row)
        await store.put(tx, {
          look: hidden(row.look),
          user_id: id,
          reserved_until: row.reserved_until ?? reserve(),
        })
      }
    },

    /** @returns the number of expired reservations that were deleted */
    endReservations: (limit: number): Promise<number> => store.deleteOver(now(), limit),
  }
}

function hidden(look: string): string {
  return look.startsWith('#') ? look : `#${createHash('sha256').update(look).digest('base64url')}`
}
