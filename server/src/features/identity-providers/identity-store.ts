import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { IdentitiesTable } from '../../database/schema/schema.ts'

export type IdentityRow = Selectable<IdentitiesTable>

type Reader = Tx | Database['read']

export function createIdentityStore(database: Database) {
  const { read } = database
  return {
    async find(issuer: string, subject: string, from: Reader = read): Promise<IdentityRow | undefined> {
      return from
        .selectFrom('identities')
        .selectAll()
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .executeTakeFirst()
    },
    /** Oldest first. */
    async listOf(userId: string, from: Reader = read): Promise<IdentityRow[]> {
      return from.selectFrom('identities').selectAll().where('user_id', '=', userId).orderBy('id').execute()
    },
    /** Identities of several users, oldest first. */
    async listOfMany(userIds: readonly string[]): Promise<IdentityRow[]> {
      return read
        .selectFrom('identities')
        .selectAll()
        .where('user_id', 'in', userIds)
        .orderBy('user_id')
        .orderBy('id')
        .execute()
    },
    /** The identities whose provider is registered and enabled. */
    async listUsable(tx: Tx, userId: string): Promise<{ id: string }[]> {
      return tx
        .selectFrom('identities')
        .innerJoin('identity_providers', 'identity_providers.issuer', 'identities.issuer')
        .select('identities.id')
        .where('identities.user_id', '=', userId)
        .where('identity_providers.enabled_at', 'is not', null)
        .execute()
    },
    async insert(tx: Tx, row: IdentityRow): Promise<void> {
      await tx.insertInto('identities').values(row).execute()
    },
    /** Inserts the identities that no user has yet. @returns the inserted ones */
    async insertNew(tx: Tx, rows: readonly IdentityRow[]): Promise<{ id: string }[]> {
      return tx
        .insertInto('identities')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
        .returning('id')
        .execute()
    },
    async noteUse(tx: Tx, id: string, at: string, email: string | null): Promise<void> {
      await tx.updateTable('identities').set({ last_used_at: at, email }).where('id', '=', id).execute()
    },
    async delete(tx: Tx, id: string): Promise<void> {
      await tx.deleteFrom('identities').where('id', '=', id).execute()
    },
    /** @returns their number */
    async deleteAllOf(tx: Tx, userId: string): Promise<number> {
      const { numDeletedRows } = await tx
        .deleteFrom('identities')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

export type IdentityStore = ReturnType<typeof createIdentityStore>
