import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const limits: Migration = {
  name: '0009-limits',
  async up(tx, dialect) {
    const { integer } = tableMaker(tx, dialect)
    const [type] = integer()
    await tx.schema
      .alterTable('mail_outbox')
      .addColumn('priority', type, (column) => column.notNull().defaultTo(1))
      .execute()
    await sql`drop index mail_outbox_due`.execute(tx)
    await sql`create index mail_outbox_due on mail_outbox (priority, next_attempt_at) where sent_at is null and failed_at is null`.execute(
      tx,
    )
  },
}
