import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** What a request with an `Idempotency-Key` made, noted in the transaction that made it. */
export const idempotentResources: Migration = {
  name: '0017-idempotent-resources',
  async up(tx, { columns }) {
    await tx.schema.alterTable('idempotency_keys').addColumn('resource_id', columns.text).execute()
    await sql`create index idempotency_keys_resource_id on idempotency_keys (resource_id) where resource_id is not null`.execute(
      tx,
    )
  },
}
