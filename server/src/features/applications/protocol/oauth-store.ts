import { type Selectable, sql } from 'kysely'
import { deleter, updater } from '../../../database/batch.ts'
import type { Database, Tx } from '../../../database/database.ts'
import type { OauthRecordsTable } from '../../../database/schema/schema.ts'
import { keysOf } from '../../../encoding/keys.ts'

export type OauthRecordRow = Selectable<OauthRecordsTable>

/** The maximum of grants of a user for an application, and of refresh tokens of a grant. */
const kept = sql.lit(100)
const atOnce = sql.lit(1000)

const noRecord = {
  kind: '',
  id: '',
  content: '',
  user_id: null,
  application_id: null,
  grant_id: null,
  session_id: null,
  uid: null,
  user_code: null,
  created_at: '',
  expires_at: '',
  consumed_at: null,
} satisfies OauthRecordRow
const columns = keysOf(noRecord)

export function createOauthStore(database: Database) {
  const { read, prepare } = database
  const deleteOne = deleter(database, 'oauth_records', 'kind', 'id')
  const deleteByGrant = deleter(database, 'oauth_records', 'grant_id')
  const deleteOfGrant = deleter(database, 'oauth_records', 'grant_id', 'kind')
  const deleteOfUser = deleter(database, 'oauth_records', 'user_id')
  const tie = updater(database, 'oauth_records', 'kind', 'id')
  const records = (from: Tx | Database['read'] = read) => from.selectFrom('oauth_records').selectAll()
  const by = (column: 'id' | 'uid' | 'user_code' | 'user_id') =>
    prepare<OauthRecordRow>(records().where(column, '=', '').where('kind', '=', '').compile())
  const [byId, byUid, byUserCode, ofUser] = [by('id'), by('uid'), by('user_code'), by('user_id')]
  const tokenById = prepare<OauthRecordRow>(
    records().where('id', '=', '').where('kind', 'in', ['', '', '']).compile(),
  )
  const upsert = prepare(
    read
      .insertInto('oauth_records')
      .values(noRecord)
      .onConflict((conflict) =>
        conflict.columns(['kind', 'id']).doUpdateSet((at) => ({
          content: at.ref('excluded.content'),
          user_id: at.ref('excluded.user_id'),
          application_id: at.ref('excluded.application_id'),
          grant_id: at.ref('excluded.grant_id'),
          uid: at.ref('excluded.uid'),
          user_code: at.ref('excluded.user_code'),
          expires_at: at.ref('excluded.expires_at'),
        })),
      )
      .compile(),
  )
  const consume = prepare(
    read
      .updateTable('oauth_records')
      .set({ consumed_at: '' })
      .where('kind', '=', '')
      .where('id', '=', '')
      .where('consumed_at', 'is', null)
      .returning('id')
      .compile(),
  )
  const latestFirst = read
    .selectFrom('oauth_records')
    .select('id')
    .where('kind', '=', '')
    .orderBy('created_at', 'desc')
    .limit(atOnce)
    .offset(kept)
  const oldOfGrant = prepare<{ id: string }>(latestFirst.where('grant_id', '=', '').compile())
  const oldOfUser = prepare<{ id: string }>(
    latestFirst.where('user_id', '=', '').where('application_id', '=', '').compile(),
  )

  return {
    /** Replaces the record, except its creation time, its session and whether it was used. */
    async upsert(tx: Tx, row: OauthRecordRow): Promise<void> {
      await upsert.in(tx, ...columns.map((column) => row[column]))
    },
    find: (kind: string, id: string): Promise<OauthRecordRow | undefined> => byId(id, kind),
    /** Locks the record until the transaction ends. */
    findForChange: (tx: Tx, kind: string, id: string): Promise<OauthRecordRow | undefined> =>
      database.dialect.locked(records(tx).where('kind', '=', kind).where('id', '=', id)).executeTakeFirst(),
    /** A token of one of these kinds. */
    findToken: (kinds: readonly [string, string, string], id: string): Promise<OauthRecordRow | undefined> =>
      tokenById(id, ...kinds),
    findByUid: (kind: string, uid: string): Promise<OauthRecordRow | undefined> => byUid(uid, kind),
    findByUserCode: (kind: string, code: string): Promise<OauthRecordRow | undefined> =>
      byUserCode(code, kind),
    /** @returns false when the record was deleted or used before; of two concurrent calls only one gets true */
    async consume(tx: Tx, kind: string, id: string, at: string): Promise<boolean> {
      return (await consume.in(tx, at, kind, id)).length > 0
    },
    /** Keeps only the latest refresh tokens of a grant. A deleted token is refused like an unknown one. */
    async trimTokens(tx: Tx, grantId: string): Promise<void> {
      for (const { id } of await oldOfGrant.in(tx, 'RefreshToken', grantId))
        await deleteOne(tx, 'RefreshToken', id)
    },
    /** Ends the oldest grants of a user for an application if there are too many. */
    async trimGrants(tx: Tx, userId: string, applicationId: string): Promise<void> {
      for (const { id } of await oldOfUser.in(tx, 'Grant', userId, applicationId)) await deleteByGrant(tx, id)
    },
    delete: deleteOne,
    /** The grant and everything that was issued for it. */
    deleteGrant: deleteByGrant,
    /** Tokens of one kind that were issued for the grant. */
    deleteOfGrant: (tx: Tx, kind: string, grantId: string): Promise<void> => deleteOfGrant(tx, grantId, kind),
    /** All records of a user, or those of one application for the user. */
    async deleteAllOf(tx: Tx, userId: string, applicationId?: string): Promise<void> {
      if (applicationId === undefined) return deleteOfUser(tx, userId)
      await tx
        .deleteFrom('oauth_records')
        .where('user_id', '=', userId)
        .where('application_id', '=', applicationId)
        .execute()
    },
    async setSession(tx: Tx, kind: string, id: string, sessionId: string | null): Promise<void> {
      await tie(tx, [kind, id], { session_id: sessionId })
    },
    async listGrants(tx: Tx, userId: string): Promise<OauthRecordRow[]> {
      return ofUser.in(tx, userId, 'Grant')
    },
    async listGrantsOfSessions(tx: Tx, sessionIds: readonly string[]): Promise<OauthRecordRow[]> {
      return records(tx).where('session_id', 'in', sessionIds).where('kind', '=', 'Grant').execute()
    },
    async deleteExpired(tx: Tx, at: string, limit: number): Promise<number> {
      const expired = tx
        .selectFrom('oauth_records')
        .select(sql<string>`kind || ' ' || id`.as('key'))
        .where('expires_at', '<', at)
        .limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('oauth_records')
        .where('expires_at', '<', at)
        .where(sql<string>`kind || ' ' || id`, 'in', expired)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

export type OauthStore = ReturnType<typeof createOauthStore>
