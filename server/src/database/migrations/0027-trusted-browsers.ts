import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

/** Browsers that are not asked for the second factor. */
export const trustedBrowsers: Migration = {
  name: '0027-trusted-browsers',
  async up(tx, dialect) {
    const { table, text, instant } = tableMaker(tx, dialect)
    await table('trusted_browsers')
      .addColumn('id', ...text())
      .addColumn('user_id', ...text())
      .addColumn('secret_hash', ...text())
      .addColumn('user_agent', ...text('null'))
      .addColumn('created_at', ...instant())
      .addColumn('last_used_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addPrimaryKeyConstraint('trusted_browsers_id', ['id'])
      .addForeignKeyConstraint('trusted_browsers_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create unique index trusted_browsers_secret_hash on trusted_browsers (secret_hash)`.execute(tx)
    await sql`create index trusted_browsers_user_id on trusted_browsers (user_id)`.execute(tx)
    await sql`create index trusted_browsers_expires_at on trusted_browsers (expires_at)`.execute(tx)
  },
}
