import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const scim: Migration = {
  name: '0021-scim',
  async up(tx, dialect) {
    const { table, text, json } = tableMaker(tx, dialect)
    await table('scim_users')
      .addColumn('user_id', ...text())
      .addColumn('user_name', ...text())
      .addColumn('user_name_key', ...text())
      .addColumn('attributes', ...json())
      .addPrimaryKeyConstraint('scim_users_user_id', ['user_id'])
      .addForeignKeyConstraint('scim_users_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    // Not unique: a user in the recycle bin keeps the name, and another one may have it by then.
    await sql`create index scim_users_user_name_key on scim_users (user_name_key)`.execute(tx)
  },
}
