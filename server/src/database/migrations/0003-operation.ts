import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const operation: Migration = {
  name: '0003-operation',
  async up(tx, dialect) {
    const { table, text, instant, integer } = tableMaker(tx, dialect)
    await table('audit_events')
      .addColumn('seq', dialect.columns.sequence)
      .addColumn('id', ...text())
      .addColumn('at', ...instant())
      .addColumn('type', ...text())
      .addColumn('outcome', ...text())
      .addColumn('reason', ...text('null'))
      .addColumn('actor_kind', ...text())
      .addColumn('actor_id', ...text('null'))
      .addColumn('api_key_id', ...text('null'))
      .addColumn('target_kind', ...text('null'))
      .addColumn('target_id', ...text('null'))
      .addColumn('changes', ...text('null'))
      .addColumn('address', ...text('null'))
      .addColumn('user_agent', ...text('null'))
      .addColumn('session_id', ...text('null'))
      .addColumn('request_id', ...text('null'))
      .addColumn('auth_methods', ...text())
      .execute()
    await sql`create index audit_events_actor_id on audit_events (actor_id, seq)`.execute(tx)
    await sql`create index audit_events_target_id on audit_events (target_id, seq)`.execute(tx)
    await sql`create index audit_events_type on audit_events (type, seq)`.execute(tx)
    await sql`create index audit_events_at on audit_events (at)`.execute(tx)

    await table('idempotency_keys')
      .addColumn('scope', ...text())
      .addColumn('key', ...text())
      .addColumn('fingerprint', ...text())
      .addColumn('answer', ...text('null'))
      .addColumn('created_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addPrimaryKeyConstraint('idempotency_keys_scope', ['scope', 'key'])
      .execute()
    await sql`create index idempotency_keys_expires_at on idempotency_keys (expires_at)`.execute(tx)

    await table('mail_outbox')
      .addColumn('id', ...text())
      .addColumn('template', ...text())
      .addColumn('content', ...text())
      .addColumn('created_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addColumn('attempts', ...integer())
      .addColumn('next_attempt_at', ...instant())
      .addColumn('leased_until', ...instant('null'))
      .addColumn('sent_at', ...instant('null'))
      .addColumn('failed_at', ...instant('null'))
      .addColumn('last_error', ...text('null'))
      .addPrimaryKeyConstraint('mail_outbox_id', ['id'])
      .execute()
    await sql`create index mail_outbox_due on mail_outbox (next_attempt_at) where sent_at is null and failed_at is null`.execute(
      tx,
    )

    await table('jobs')
      .addColumn('name', ...text())
      .addColumn('leased_by', ...text('null'))
      .addColumn('leased_until', ...instant('null'))
      .addColumn('finished_at', ...instant('null'))
      .addPrimaryKeyConstraint('jobs_name', ['name'])
      .execute()
  },
}
