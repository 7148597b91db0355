import type { Selectable, Updateable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { RolesTable } from '../../database/schema.ts'

export type RoleRow = Selectable<RolesTable>

export function createRoleStore(database: Database) {
  const { read, dialect } = database
  return {
    async list(): Promise<RoleRow[]> {
      return read.selectFrom('roles').selectAll().orderBy('name').execute()
    },
    async find(name: string): Promise<RoleRow | undefined> {
      return read.selectFrom('roles').selectAll().where('name', '=', name).executeTakeFirst()
    },
    async findForChange(tx: Tx, name: string): Promise<RoleRow | undefined> {
      return dialect.locked(tx.selectFrom('roles').selectAll().where('name', '=', name)).executeTakeFirst()
    },
    async insert(tx: Tx, row: RoleRow): Promise<void> {
      await tx.insertInto('roles').values(row).execute()
    },
    async insertMissing(tx: Tx, row: RoleRow): Promise<void> {
      await tx
        .insertInto('roles')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
    },
    async update(tx: Tx, name: string, changes: Updateable<RolesTable>): Promise<void> {
      await tx.updateTable('roles').set(changes).where('name', '=', name).execute()
    },
    async delete(tx: Tx, name: string): Promise<void> {
      await tx.deleteFrom('roles').where('name', '=', name).execute()
    },
    /** Whether any user, also in the recycle bin, has the role. */
    async isHeld(tx: Tx, name: string): Promise<boolean> {
      return (
        (await tx
          .selectFrom('user_roles')
          .select('role')
          .where('role', '=', name)
          .limit(1)
          .executeTakeFirst()) !== undefined
      )
    },
  }
}
