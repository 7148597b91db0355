/** Limits the rows of one user in `sessions` and `refresh_tokens`. */
import { sql } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'

/** The number of latest ended sessions of a user, and of latest refresh tokens of a session, that are kept. */
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
    /** Keeps only the latest ended sessions of a user, so that repeated sign-ins do not add rows without limit. */
    async trimOver(tx: Tx, userId: string): Promise<void> {
      const ids = (await overMany.in(tx, userId)).map(({ id }) => id)
      if (ids.length > 0) await tx.deleteFrom('sessions').where('id', 'in', ids).execute()
    },

    /** Keeps only the latest tokens of a session. A deleted token is refused like an unknown one. */
    async trimTokens(tx: Tx, sessionId: string): Promise<void> {
      const hashes = (await oldTokens.in(tx, sessionId)).map(({ hash }) => hash)
      if (hashes.length > 0) await tx.deleteFrom('refresh_tokens').where('hash', 'in', hashes).execute()
    },
  }
}
