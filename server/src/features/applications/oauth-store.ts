import { type Selectable, sql } from 'kysely'
import { deleter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { OauthRecordsTable } from '../../database/schema/schema.ts'

export type OauthRecordRow = Selectable<OauthRecordsTable>

/** Grants of a user for an application, and refresh tokens of a grant. */
const kept = 100
const atOnce = 1000

export function createOauthStore(database: Database) {
  const { read } = database
  const deleteOfUser = deleter(database, 'oauth_records', 'user_id')
  const ofUser = database.prepare<OauthRecordRow>(
    read.selectFrom('oauth_records').selectAll().where('user_id', '=', '').where('kind', '=', '').compile(),
  )
  const records = (from: Tx | Database['read'] = read) => from.selectFrom('oauth_records').selectAll()
  return {
    /** Replaces the record, apart from when it was made, its session and whether it was used. */
    async upsert(tx: Tx, row: OauthRecordRow): Promise<void> {
      await tx
        .insertInto('oauth_records')
        .values(row)
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
        .execute()
    },
    async find(kind: string, id: string): Promise<OauthRecordRow | undefined> {
      return records().where('kind', '=', kind).where('id', '=', id).executeTakeFirst()
    },
    /** A token of one of these kinds. */
    async findToken(kinds: readonly string[], id: string): Promise<OauthRecordRow | undefined> {
      return records().where('kind', 'in', kinds).where('id', '=', id).executeTakeFirst()
    },
    async findByUid(kind: string, uid: string): Promise<OauthRecordRow | undefined> {
      return records().where('uid', '=', uid).where('kind', '=', kind).executeTakeFirst()
    },
    async findByUserCode(kind: string, userCode: string): Promise<OauthRecordRow | undefined> {
      return records().where('user_code', '=', userCode).where('kind', '=', kind).executeTakeFirst()
    },
    /** @returns false when the record is gone or was used before: only one of two that race gets true */
    async consume(tx: Tx, kind: string, id: string, at: string): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('oauth_records')
        .set({ consumed_at: at })
        .where('kind', '=', kind)
        .where('id', '=', id)
        .where('consumed_at', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    /** Keeps the latest refresh tokens of a grant. One that is gone is refused as an unknown one is. */
    async trimTokens(tx: Tx, grantId: string): Promise<void> {
      const old = await tx
        .selectFrom('oauth_records')
        .select('id')
        .where('grant_id', '=', grantId)
        .where('kind', '=', 'RefreshToken')
        .orderBy('created_at', 'desc')
        .limit(atOnce)
        .offset(kept)
        .execute()
      for (const { id } of old) await this.delete(tx, 'RefreshToken', id)
    },
    /** Ends the oldest grants of a user for an application when there are too many. */
    async trimGrants(tx: Tx, userId: string, applicationId: string): Promise<void> {
      const old = await tx
        .selectFrom('oauth_records')
        .select('id')
        .where('user_id', '=', userId)
        .where('application_id', '=', applicationId)
        .where('kind', '=', 'Grant')
        .orderBy('created_at', 'desc')
        .limit(atOnce)
        .offset(kept)
        .execute()
      for (const { id } of old) await this.deleteGrant(tx, id)
    },
    async delete(tx: Tx, kind: string, id: string): Promise<void> {
      await tx.deleteFrom('oauth_records').where('kind', '=', kind).where('id', '=', id).execute()
    },
    /** The grant and everything that was issued for it. */
    async deleteGrant(tx: Tx, grantId: string): Promise<void> {
      await tx.deleteFrom('oauth_records').where('grant_id', '=', grantId).execute()
    },
    /** What was issued for the grant, of one kind. */
    async deleteOfGrant(tx: Tx, kind: string, grantId: string): Promise<void> {
      await tx.deleteFrom('oauth_records').where('grant_id', '=', grantId).where('kind', '=', kind).execute()
    },
    /** Everything of a user, or what one application holds for the user. */
    async deleteAllOf(tx: Tx, userId: string, applicationId?: string): Promise<void> {
      if (applicationId === undefined) return deleteOfUser(tx, userId)
      await tx
        .deleteFrom('oauth_records')
        .where('user_id', '=', userId)
        .where('application_id', '=', applicationId)
        .execute()
    },
    async setSession(tx: Tx, kind: string, id: string, sessionId: string | null): Promise<void> {
      await tx
        .updateTable('oauth_records')
        .set({ session_id: sessionId })
        .where('kind', '=', kind)
        .where('id', '=', id)
        .execute()
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
