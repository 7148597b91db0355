/** Keeps the rows few that one user can cause in `sessions` and `refresh_tokens`. */
import { sql } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'

/** Sessions that are over and stay for a while, and refresh tokens of a session: the latest ones. */
const [keptOver, keptTokens] = [sql.lit(200), sql.lit(100)]
const atOnce = sql.lit(1000)

export function createTrimStore(database: Database) {
  const { read } = database
  const overMany = database.prepare<{ id: string }>(
    read
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', '')
      .where('ended_at', 'is not', null)
      .orderBy('created_at', 'desc')
      .limit(atOnce)
      .offset(keptOver)
      .compile(),
  )
  const oldTokens = database.prepare<{ hash: string }>(
    read
      .selectFrom('refresh_tokens')
      .select('hash')
      .where('session_id', '=', '')
      .orderBy('created_at', 'desc')
      .limit(atOnce)
      .offset(keptTokens)
      .compile(),
  )
  return {
    /** Keeps the latest of a user's sessions that are over: a user who signs in and out again causes no more rows. */
    async trimOver(tx: Tx, userId: string): Promise<void> {
      const ids = (await overMany.in(tx, userId)).map(({ id }) => id)
      if (ids.length > 0) await tx.deleteFrom('sessions').where('id', 'in', ids).execute()
    },

    /** Keeps the latest tokens of a session. One that is gone is refused as an unknown one is. */
    async trimTokens(tx: Tx, sessionId: string): Promise<void> {
      const hashes = (await oldTokens.in(tx, sessionId)).map(({ hash }) => hash)
      if (hashes.length > 0) await tx.deleteFrom('refresh_tokens').where('hash', 'in', hashes).execute()
    },
  }
}
