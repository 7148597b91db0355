import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const evidence: Migration = {
  name: '0004-evidence',
  async up(tx, dialect) {
    const { table, instant, integer } = tableMaker(tx, dialect)
    await table('audit_retention')
      .addColumn('id', ...integer())
      .addColumn('deletable_before', ...instant())
      .addPrimaryKeyConstraint('audit_retention_id', ['id'])
      .execute()
    await dialect.protect(tx, {
      table: 'audit_events',
      key: 'seq',
      kept: [
        ...['seq', 'id', 'at', 'type', 'outcome', 'reason', 'actor_kind', 'actor_id', 'api_key_id'],
        ...['target_kind', 'target_id', 'session_id', 'request_id', 'auth_methods'],
      ],
      erasable: ['changes', 'address', 'user_agent'],
      at: 'at',
      before: { table: 'audit_retention', column: 'deletable_before' },
    })

    await tx.schema
      .alterTable('api_keys')
      .addColumn('expiry_noted_at', ...instant('null'))
      .execute()
    await sql`create index api_keys_expires_at on api_keys (expires_at) where expiry_noted_at is null`.execute(
      tx,
    )
  },
}
