import { type Selectable, sql } from 'kysely'
import { inserter, updater } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { RefreshTokensTable } from '../../database/schema/schema.ts'
import { createImpersonationStore } from './impersonation/store.ts'
import { createKeyStore } from './keys/key-store.ts'
import { type CookieRow, maxSessionsPerUser, type SessionRow } from './session.ts'
import { createTrimStore } from './trim-store.ts'

export type RefreshTokenRow = Selectable<RefreshTokensTable>
/** The columns that decide whether a session is valid. */
export type AccessRow = {
  user_id: string
  disabled_at: string | null
  deleted_at: string | null
  roles: string
  ended_at: string | null
  expires_at: string
  last_seen_at: string
  latest_expiry: string | null
  created_at: string
  proven_at: string | null
  must_change_since: string | null
  auth_methods: string
  impersonator_id: string | null
  impersonator_session_id: string | null
}

// Literals in the text of statements that are built once, not parameters.
const rememberedDevices = sql.lit(200)
const atOnce = sql.lit(1000)
const keptForAnother = sql.lit(maxSessionsPerUser - 1)

export type EndedRow = Pick<SessionRow, 'id' | 'user_id' | 'impersonator_id'>
type Proof = Pick<SessionRow, 'proven_at' | 'auth_methods' | 'cookie_hash'>
type SignIn = Omit<SessionRow, 'id' | 'user_id' | 'kind' | 'created_at' | 'ended_at' | 'end_reason'>

export function createSessionStore(database: Database) {
  const { read, dialect } = database
  const access = database.prepare<AccessRow>(
    read
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .leftJoin('passwords', 'passwords.user_id', 'sessions.user_id')
      .select([
        'sessions.user_id',
        'users.disabled_at',
        'users.deleted_at',
        'sessions.ended_at',
        'sessions.expires_at',
        'sessions.last_seen_at',
        'sessions.latest_expiry',
        'sessions.created_at',
        'sessions.proven_at',
        'sessions.auth_methods',
        'sessions.impersonator_id',
        'sessions.impersonator_session_id',
        'passwords.must_change_since',
      ])
      .select((at) => dialect.allRolesOf(at.ref('users.id')).as('roles'))
      .where('sessions.id', '=', '')
      .compile(),
  )
  const byCookie = database.prepare<CookieRow>(
    read.selectFrom('sessions').select(['id', 'latest_expiry']).where('cookie_hash', '=', '').compile(),
  )
  const insertSession = inserter(database, 'sessions')
  const updateSession = updater(database, 'sessions', 'id')
  const updateToken = updater(database, 'refresh_tokens', 'hash')
  const tokenOf = database.prepare<RefreshTokenRow>(
    read.selectFrom('refresh_tokens').selectAll().where('hash', '=', '').compile(),
  )
  const sessionOfToken = database.prepare<SessionRow>(
    dialect
      .locked(
        read
          .selectFrom('sessions')
          .selectAll()
          .where('id', '=', (at) =>
            at.selectFrom('refresh_tokens').select('session_id').where('hash', '=', ''),
          ),
      )
      .compile(),
  )
  const byId = database.prepare<SessionRow>(
    read.selectFrom('sessions').selectAll().where('id', '=', '').compile(),
  )
  const open = database.prepare<SessionRow>(openOf(read, '', '').compile())
  const insertToken = database.prepare(
    read
      .insertInto('refresh_tokens')
      .values({ hash: '', session_id: '', created_at: '', expires_at: '', used_at: null })
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .compile(),
  )
  const tooMany = database.prepare<{ id: string }>(
    openOf(read, '', '').clearSelect().select('id').limit(atOnce).offset(keptForAnother).compile(),
  )
  const latest = read
    .selectFrom('sessions')
    .select('user_agent')
    .where('user_id', '=', '')
    .where('impersonator_id', 'is', null)
    .orderBy('created_at', 'desc')
    .limit(rememberedDevices)
  const device = database.prepare<{ had_any: boolean; had_this: boolean }>(
    read
      .selectNoFrom((at) => [
        at
          .exists(
            at
              .selectFrom('sessions')
              .select('id')
              .where('user_id', '=', '')
              .where('impersonator_id', 'is', null),
          )
          .as('had_any'),
        at
          .exists(
            at
              .selectFrom(latest.as('latest'))
              .select('user_agent')
              .where('user_agent', 'is not distinct from', ''),
          )
          .as('had_this'),
      ])
      .compile(),
  )

  return {
    ...createTrimStore(database),
    ...createImpersonationStore(database),
    ...createKeyStore(database),

    async insert(tx: Tx, row: SessionRow): Promise<void> {
      await insertSession(tx, [row])
    },

    find: (id: string): Promise<SessionRow | undefined> => byId(id),

    /** Locks the session, so that it cannot end before the transaction ends. */
    async isOpenIn(tx: Tx, id: string, at: string): Promise<boolean> {
      const query = tx.selectFrom('sessions').select(['ended_at', 'expires_at']).where('id', '=', id)
      const row = await dialect.locked(query).executeTakeFirst()
      return row !== undefined && row.ended_at === null && row.expires_at > at
    },

    findAccess: (id: string): Promise<AccessRow | undefined> => access(id),

    /** The session with this cookie, also if it has ended. */
    findByCookie: (hash: string): Promise<CookieRow | undefined> => byCookie(hash),

    /** The open sessions, newest first. */
    async listOpen(from: Tx | Database['read'], userId: string, at: string): Promise<SessionRow[]> {
      return open.in(from, userId, at)
    },

    /** The ids of the oldest open sessions that must end before another one is opened. */
    async listTooMany(tx: Tx, userId: string, at: string): Promise<string[]> {
      return (await tooMany.in(tx, userId, at)).map(({ id }) => id)
    },

    /** Includes ended sessions. */
    async listAll(userId: string): Promise<SessionRow[]> {
      return read
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .execute()
    },

    /** Ends open sessions. */
    async end(tx: Tx, ids: readonly string[], at: string, reason: string): Promise<EndedRow[]> {
      if (ids.length === 0) return []
      const rows = await tx
        .updateTable('sessions')
        .set({ ended_at: at, end_reason: reason })
        .where('id', 'in', ids)
        .where('ended_at', 'is', null)
        .returning(['id', 'user_id', 'impersonator_id'])
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
      return rows
    },

    async findOpenForChange(tx: Tx, id: string): Promise<SessionRow | undefined> {
      const query = tx.selectFrom('sessions').selectAll().where('id', '=', id).where('ended_at', 'is', null)
      return dialect.locked(query).executeTakeFirst()
    },

    prove: (tx: Tx, id: string, proof: Proof | SignIn): Promise<unknown> => updateSession(tx, [id], proof),

    see: (tx: Tx, id: string, at: string, address: string | null): Promise<unknown> =>
      updateSession(tx, [id], { last_seen_at: at, address }),

    /** Extends an open session that was not renewed since it was read. Concurrent requests never make the end earlier. */
    async keepAlive(
      tx: Tx,
      { id, latest_expiry }: CookieRow,
      { at, expiresAt, address }: { at: string; expiresAt: string; address: string | null },
    ): Promise<void> {
      await tx
        .updateTable('sessions')
        .set({ last_seen_at: at, expires_at: expiresAt, address })
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .where('last_seen_at', '<', at)
        .where('expires_at', '>', at)
        .where('latest_expiry', 'is not distinct from', latest_expiry)
        .execute()
    },

    /** An existing token stays unchanged. */
    async insertToken(tx: Tx, row: RefreshTokenRow): Promise<void> {
      await insertToken.in(tx, row.hash, row.session_id, row.created_at, row.expires_at, row.used_at)
    },

    /** The session of the refresh token. */
    async findByTokenForChange(tx: Tx, hash: string): Promise<SessionRow | undefined> {
      return (await sessionOfToken.in(tx, hash))[0]
    },

    /** The user of the open session of a refresh token. */
    async findHolder(hash: string): Promise<string | undefined> {
      const found = await read
        .selectFrom('refresh_tokens')
        .innerJoin('sessions', 'sessions.id', 'refresh_tokens.session_id')
        .select('sessions.user_id')
        .where('refresh_tokens.hash', '=', hash)
        .where('sessions.ended_at', 'is', null)
        .executeTakeFirst()
      return found?.user_id
    },

    async findToken(tx: Tx, hash: string): Promise<RefreshTokenRow | undefined> {
      return (await tokenOf.in(tx, hash))[0]
    },

    useToken: (tx: Tx, hash: string, at: string): Promise<unknown> =>
      updateToken(tx, [hash], { used_at: at }),

    /** Whether the user had sessions before, and whether one of the latest has this program. */
    async findDevice(
      tx: Tx,
      userId: string,
      userAgent: string | null,
    ): Promise<{ hadAny: boolean; hadThis: boolean }> {
      const [row] = await device.in(tx, userId, userId, userAgent)
      return { hadAny: Boolean(row?.had_any), hadThis: Boolean(row?.had_this) }
    },

    /** Deletes sessions that ended or expired before `instant`. @returns the number of rows, and of sessions that only expired */
    async deleteOver(tx: Tx, instant: string, limit: number): Promise<{ deleted: number; expired: number }> {
      const { numDeletedRows: tokens } = await tx
        .deleteFrom('refresh_tokens')
        .where(
          'hash',
          'in',
          tx.selectFrom('refresh_tokens').select('hash').where('expires_at', '<', instant).limit(limit),
        )
        .executeTakeFirst()
      // Where an administrator acts as the user, the end of the session is recorded before its deletion.
      const over = tx
        .selectFrom('sessions')
        .select('id')
        .where('expires_at', '<', instant)
        .where((where) => where.or([where('impersonator_id', 'is', null), where('ended_at', 'is not', null)]))
        .limit(limit)
      const sessions = await tx.deleteFrom('sessions').where('id', 'in', over).returning('ended_at').execute()
      return {
        deleted: Number(tokens) + sessions.length,
        expired: sessions.filter(({ ended_at }) => ended_at === null).length,
      }
    },
  }
}

export type SessionStore = ReturnType<typeof createSessionStore>
/** Newest first. */
function openOf(from: Tx | Database['read'], userId: string, at: string) {
  return from
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', at)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
}
