import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const accountRequests: Migration = {
  name: '0006-account-requests',
  async up(tx, dialect) {
    const { table, text, instant } = tableMaker(tx, dialect)
    await table('account_requests')
      .addColumn('id', ...text())
      .addColumn('content', ...text())
      .addColumn('created_at', ...instant())
      .addPrimaryKeyConstraint('account_requests_id', ['id'])
      .execute()
    await sql`create index account_requests_created_at on account_requests (created_at)`.execute(tx)
  },
}
