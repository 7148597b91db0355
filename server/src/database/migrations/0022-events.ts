import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const events: Migration = {
  name: '0022-events',
  async up(tx, dialect) {
    const { table, text, integer, instant, json } = tableMaker(tx, dialect)
    const run = (statement: string) => sql.raw(statement).execute(tx)

    await table('events')
      .addColumn('seq', dialect.columns.sequence)
      .addColumn('position', ...integer('null'))
      .addColumn('id', ...text())
      .addColumn('at', ...instant())
      .addColumn('type', ...text())
      .addColumn('user_id', ...text())
      .addColumn('fields', ...json('null'))
      .addColumn('surplus', ...integer())
      .execute()
    await run('create unique index events_position on events (position) where position is not null')
    await run('create index events_pending on events (seq) where position is null')
    await run(
      'create unique index events_surplus on events (user_id, type) where position is null and surplus = 1',
    )
    await table('event_feed')
      .addColumn('id', ...integer())
      .addColumn('position', ...integer())
      .addColumn('deleted_through', ...integer())
      .addPrimaryKeyConstraint('event_feed_id', ['id'])
      .execute()
    // Users from before have no event. A reader of the feed from its beginning is told that it is not complete.
    await run(
      'insert into event_feed (id, position, deleted_through) select 1, count(*), count(*) from (select id from users limit 1) as one_user',
    )

    await table('webhooks')
      .addColumn('id', ...text())
      .addColumn('url', ...text())
      .addColumn('description', ...text())
      .addColumn('events', ...json())
      .addColumn('position', ...integer())
      .addColumn('disabled_at', ...instant('null'))
      .addColumn('disabled_reason', ...text('null'))
      .addColumn('failing_since', ...instant('null'))
      .addColumn('created_by', ...text('null'))
      .addColumn('version', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('updated_at', ...instant())
      .addPrimaryKeyConstraint('webhooks_id', ['id'])
      .execute()
    await table('webhook_secrets')
      .addColumn('id', ...text())
      .addColumn('webhook_id', ...text())
      .addColumn('secret', ...text())
      .addColumn('created_at', ...instant())
      .addPrimaryKeyConstraint('webhook_secrets_id', ['id'])
      .addForeignKeyConstraint('webhook_secrets_webhook', ['webhook_id'], 'webhooks', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await run('create index webhook_secrets_webhook_id on webhook_secrets (webhook_id)')

    await table('webhook_deliveries')
      .addColumn('seq', dialect.columns.sequence)
      .addColumn('id', ...text())
      .addColumn('webhook_id', ...text())
      .addColumn('position', ...integer('null'))
      .addColumn('event_id', ...text())
      .addColumn('type', ...text())
      .addColumn('user_id', ...text('null'))
      .addColumn('created_at', ...instant())
      .addColumn('attempts', ...integer())
      .addColumn('next_attempt_at', ...instant())
      .addColumn('leased_until', ...instant('null'))
      .addColumn('last_attempt_at', ...instant('null'))
      .addColumn('delivered_at', ...instant('null'))
      .addColumn('failed_at', ...instant('null'))
      .addColumn('request_body', ...text('null'))
      .addColumn('response_status', ...integer('null'))
      .addColumn('response_body', ...text('null'))
      .addColumn('error', ...text('null'))
      .execute()
    await run('create unique index webhook_deliveries_id on webhook_deliveries (id)')
    const waiting = 'delivered_at is null and failed_at is null'
    await run(
      `create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at) where ${waiting}`,
    )
    await run(
      `create index webhook_deliveries_order on webhook_deliveries (webhook_id, user_id, position) where ${waiting}`,
    )
    await run('create unique index webhook_deliveries_event on webhook_deliveries (webhook_id, position)')
    await run('create index webhook_deliveries_list on webhook_deliveries (webhook_id, seq)')
    await run('create index webhook_deliveries_created_at on webhook_deliveries (created_at)')
    await run('create index webhook_deliveries_user_id on webhook_deliveries (user_id)')
  },
}
