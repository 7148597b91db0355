import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const statistics: Migration = {
  name: '0023-statistics',
  secondsPerMillion: 2.5,
  async up(tx, dialect) {
    const { table, text, integer } = tableMaker(tx, dialect)
    await table('counters')
      .addColumn('name', ...text())
      .addColumn('bucket', ...text())
      .addColumn('amount', ...integer())
      .addPrimaryKeyConstraint('counters_name_bucket', ['name', 'bucket'])
      .execute()
    // What happened since the counters were last brought up to date. Rows are only added: no transaction waits for a counter.
    await table('counter_changes')
      .addColumn('seq', dialect.columns.sequence)
      .addColumn('name', ...text())
      .addColumn('bucket', ...text())
      .addColumn('amount', ...integer())
      .execute()

    const counted = {
      users: sql`deleted_at is null`,
      disabled: sql`deleted_at is null and disabled_at is not null`,
      unverified: sql`deleted_at is null and email_verified_at is null`,
      deleted: sql`deleted_at is not null`,
    }
    for (const [name, condition] of Object.entries(counted))
      await sql`insert into counters (name, bucket, amount)
        select cast(${name} as text), cast(seq / 10000 as text), count(*)
        from users where ${condition} group by 2`.execute(tx)
    const day = sql.raw(dayOf[dialect.name])
    await sql`insert into counters (name, bucket, amount)
      select 'created', ${day}, count(*) from users group by ${day}`.execute(tx)
  },
}

const dayOf = {
  sqlite: 'substr(created_at, 1, 10)',
  postgres: `to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')`,
} as const
