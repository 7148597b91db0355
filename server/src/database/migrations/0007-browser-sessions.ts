import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const browserSessions: Migration = {
  name: '0007-browser-sessions',
  async up(tx, dialect) {
    const { text, instant } = tableMaker(tx, dialect)
    const sessions = () => tx.schema.alterTable('sessions')
    await sessions()
      .addColumn('kind', dialect.columns.text, (column) => column.notNull().defaultTo('api'))
      .execute()
    await sessions()
      .addColumn('cookie_hash', ...text('null'))
      .execute()
    await sessions()
      .addColumn('latest_expiry', ...instant('null'))
      .execute()
    await sql`create unique index sessions_cookie_hash on sessions (cookie_hash) where cookie_hash is not null`.execute(
      tx,
    )
  },
}
