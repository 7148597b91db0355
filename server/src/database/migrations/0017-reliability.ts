import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const reliability: Migration = {
  name: '0017-reliability',
  async up(tx, dialect) {
    const { table, text, instant } = tableMaker(tx, dialect)
    // What a request with an `Idempotency-Key` made, noted in the transaction that made it.
    await tx.schema.alterTable('idempotency_keys').addColumn('resource_id', dialect.columns.text).execute()
    await sql`create index idempotency_keys_resource_id on idempotency_keys (resource_id) where resource_id is not null`.execute(
      tx,
    )
    // One row that the readiness check writes.
    await table('probes')
      .addColumn('name', ...text())
      .addColumn('at', ...instant())
      .addPrimaryKeyConstraint('probes_name', ['name'])
      .execute()
  },
}
