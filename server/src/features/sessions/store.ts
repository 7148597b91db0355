import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { RefreshTokensTable, SigningKeysTable } from '../../database/schema.ts'
import type { SessionRow } from './session.ts'

export type RefreshTokenRow = Selectable<RefreshTokensTable>
export type SigningKeyRow = Selectable<SigningKeysTable>
/** What decides whether a session still opens doors. */
export type AccessRow = {
  user_id: string
  disabled_at: string | null
  deleted_at: string | null
  roles: string
  ended_at: string | null
  expires_at: string
}

const rememberedDevices = 200

export function createSessionStore(database: Database) {
  const { read, dialect } = database
  const access = database.prepare<AccessRow>(
    read
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select([
        'sessions.user_id',
        'users.disabled_at',
        'users.deleted_at',
        'sessions.ended_at',
        'sessions.expires_at',
      ])
      .select((at) => dialect.rolesOf(at.ref('users.id')).as('roles'))
      .where('sessions.id', '=', '')
      .compile(),
  )

  return {
    async insert(tx: Tx, row: SessionRow): Promise<void> {
      await tx.insertInto('sessions').values(row).execute()
    },

    async find(id: string): Promise<SessionRow | undefined> {
      return read.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
    },

    async findForChange(tx: Tx, id: string): Promise<SessionRow | undefined> {
      return dialect.locked(tx.selectFrom('sessions').selectAll().where('id', '=', id)).executeTakeFirst()
    },

    findAccess: (id: string): Promise<AccessRow | undefined> => access(id),

    /** The sessions that are not over, newest first. */
    async listOpen(from: Tx | Database['read'], userId: string, at: string): Promise<SessionRow[]> {
      return from
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', at)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
    },

    /** Also those that are over. */
    async listAll(userId: string): Promise<SessionRow[]> {
      return read
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .execute()
    },

    /** Ends open sessions; returns their ids. */
    async end(tx: Tx, ids: readonly string[], at: string, reason: string): Promise<string[]> {
      if (ids.length === 0) return []
      const rows = await tx
        .updateTable('sessions')
        .set({ ended_at: at, end_reason: reason })
        .where('id', 'in', ids)
        .where('ended_at', 'is', null)
        .returning('id')
        .execute()
      if (rows.length > 0)
        await tx
          .deleteFrom('refresh_tokens')
          .where(
            'session_id',
            'in',
            rows.map(({ id }) => id),
          )
          .execute()
      return rows.map(({ id }) => id)
    },

    async see(tx: Tx, id: string, at: string, address: string | null): Promise<void> {
      await tx.updateTable('sessions').set({ last_seen_at: at, address }).where('id', '=', id).execute()
    },

    async insertToken(tx: Tx, row: RefreshTokenRow): Promise<void> {
      await tx
        .insertInto('refresh_tokens')
        .values(row)
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute()
    },

    /** The session that the refresh token belongs to. */
    async findByTokenForChange(tx: Tx, hash: string): Promise<SessionRow | undefined> {
      const id = tx.selectFrom('refresh_tokens').select('session_id').where('hash', '=', hash)
      return dialect.locked(tx.selectFrom('sessions').selectAll().where('id', '=', id)).executeTakeFirst()
    },

    async findToken(tx: Tx, hash: string): Promise<RefreshTokenRow | undefined> {
      return tx.selectFrom('refresh_tokens').selectAll().where('hash', '=', hash).executeTakeFirst()
    },

    async useToken(tx: Tx, hash: string, at: string): Promise<void> {
      await tx.updateTable('refresh_tokens').set({ used_at: at }).where('hash', '=', hash).execute()
    },

    async listKeys(from: Tx | Database['read'] = read): Promise<SigningKeyRow[]> {
      return from.selectFrom('signing_keys').selectAll().orderBy('active_at').orderBy('id').execute()
    },
    async insertKey(tx: Tx, row: SigningKeyRow): Promise<void> {
      await tx.insertInto('signing_keys').values(row).execute()
    },
    /** Gives the ids of those that were not retired before. */
    async retireKeys(tx: Tx, ids: readonly string[], at: string): Promise<string[]> {
      if (ids.length === 0) return []
      const rows = await tx
        .updateTable('signing_keys')
        .set({ retired_at: at })
        .where('id', 'in', ids)
        .where('retired_at', 'is', null)
        .returning('id')
        .execute()
      return rows.map(({ id }) => id)
    },
    async deleteKeysRetiredBefore(tx: Tx, at: string): Promise<void> {
      await tx.deleteFrom('signing_keys').where('retired_at', '<', at).execute()
    },

    /** Whether the user had any session, and one with this program, among the latest that are remembered. */
    async findDevice(
      tx: Tx,
      userId: string,
      userAgent: string | null,
    ): Promise<{ hadAny: boolean; hadThis: boolean }> {
      const rows = await tx
        .selectFrom('sessions')
        .select('user_agent')
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .limit(rememberedDevices)
        .execute()
      return { hadAny: rows.length > 0, hadThis: rows.some((row) => row.user_agent === userAgent) }
    },

    /** What ended or ran out before `instant`: how many rows went, and how many sessions nobody had ended. */
    async deleteOver(tx: Tx, instant: string, limit: number): Promise<{ deleted: number; expired: number }> {
      const { numDeletedRows: tokens } = await tx
        .deleteFrom('refresh_tokens')
        .where(
          'hash',
          'in',
          tx.selectFrom('refresh_tokens').select('hash').where('expires_at', '<', instant).limit(limit),
        )
        .executeTakeFirst()
      const over = tx.selectFrom('sessions').select('id').where('expires_at', '<', instant).limit(limit)
      const sessions = await tx.deleteFrom('sessions').where('id', 'in', over).returning('ended_at').execute()
      return {
        deleted: Number(tokens) + sessions.length,
        expired: sessions.filter(({ ended_at }) => ended_at === null).length,
      }
    },
  }
}

export type SessionStore = ReturnType<typeof createSessionStore>
