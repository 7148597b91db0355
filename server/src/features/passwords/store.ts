import { type Insertable, type Selectable, sql } from 'kysely'
import { inserter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { PasswordsTable } from '../../database/schema/schema.ts'

export type PasswordRow = Selectable<PasswordsTable>
export type NewPasswordRow = Insertable<PasswordsTable>

export function createPasswordStore(database: Database) {
  const { read, scan, dialect } = database
  const select = read.selectFrom('passwords').selectAll().where('user_id', '=', '')
  const byUser = database.prepare<PasswordRow>(select.compile())
  const byUserForChange = database.prepare<PasswordRow>(dialect.locked(select).compile())
  const addFailure = database.prepare<Pick<PasswordRow, 'failures'>>(
    read
      .updateTable('passwords')
      .set((at) => ({ failures: at('failures', '+', sql.lit(1)) }))
      .where('user_id', '=', '')
      .returning('failures')
      .compile(),
  )
  const costliest = database.prepare<Pick<PasswordRow, 'hash'>>(
    read
      .selectFrom('passwords')
      .select('hash')
      .where('imported_work', 'is not', null)
      .orderBy('imported_work', 'desc')
      .limit(sql.lit(1))
      .compile(),
  )
  const insertPasswords = inserter(database, 'passwords')

  return {
    find: (userId: string): Promise<PasswordRow | undefined> => byUser(userId),
    async findIn(tx: Tx, userId: string): Promise<PasswordRow | undefined> {
      const [row] = await byUser.in(tx, userId)
      return row
    },
    async findForChange(tx: Tx, userId: string): Promise<PasswordRow | undefined> {
      const [row] = await byUserForChange.in(tx, userId)
      return row
    },
    /** The imported hash with the highest cost of verification; undefined if all hashes are ours. */
    async findCostliest(): Promise<string | undefined> {
      return (await costliest())?.hash
    },
    /** Whether one of the users has a password with fewer failures. */
    async hasUsable(tx: Tx, userIds: readonly string[], failures: number): Promise<boolean> {
      const row = await tx
        .selectFrom('passwords')
        .select('user_id')
        .where((at) => dialect.amongTexts(at.ref('user_id'), userIds))
        .where('failures', '<', failures)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },
    /** Columns that the row does not contain stay unchanged. */
    async put(tx: Tx, row: NewPasswordRow): Promise<void> {
      const { user_id: _, ...rest } = row
      await tx
        .insertInto('passwords')
        .values(row)
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(rest))
        .execute()
    },
    /** @returns false when the value was the same before, or there is no password */
    async setMustChange(tx: Tx, userId: string, since: string | null): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('passwords')
        .set({ must_change_since: since })
        .where('user_id', '=', userId)
        .where('must_change_since', since === null ? 'is not' : 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    /** Inserts the first passwords of new users. */
    async insertMany(tx: Tx, rows: readonly NewPasswordRow[]): Promise<void> {
      await insertPasswords(tx, rows)
    },
    async delete(tx: Tx, userId: string): Promise<void> {
      await tx.deleteFrom('passwords').where('user_id', '=', userId).execute()
    },
    async listHashes(userIds: readonly string[]): Promise<Map<string, string>> {
      if (userIds.length === 0) return new Map()
      const rows = await scan
        .selectFrom('passwords')
        .select(['user_id', 'hash'])
        .where('user_id', 'in', userIds)
        .execute()
      return new Map(rows.map(({ user_id, hash }) => [user_id, hash]))
    },
    /** Replaces the hash of the same password, unless the password has been changed since. */
    async rehash(tx: Tx, userId: string, old: string, hash: string): Promise<void> {
      await tx
        .updateTable('passwords')
        .set({ hash, imported_work: null })
        .where('user_id', '=', userId)
        .where('hash', '=', old)
        .execute()
    },
    /** Counts a wrong password in a row. @returns the new number */
    async addFailure(tx: Tx, userId: string): Promise<number> {
      const [row] = await addFailure.in(tx, userId)
      return Number(row?.failures ?? 0)
    },
    async clearFailures(tx: Tx, userId: string): Promise<void> {
      await tx
        .updateTable('passwords')
        .set({ failures: 0 })
        .where('user_id', '=', userId)
        .where('failures', '>', 0)
        .execute()
    },
  }
}
