import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const scimConnections: Migration = {
  name: '0030-scim-connections',
  async up(tx, dialect) {
    const { table, text, integer, instant, json } = tableMaker(tx, dialect)
    await table('scim_connections')
      .addColumn('id', ...text())
      .addColumn('api_key_id', ...text('null'))
      .addColumn('existing_users', ...text())
      .addColumn('groups', ...text())
      .addColumn('group_ids', ...json())
      .addColumn('on_delete', ...text())
      .addColumn('send_invitations', ...integer())
      .addColumn('last_request_at', ...instant('null'))
      .addColumn('version', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('updated_at', ...instant())
      .addPrimaryKeyConstraint('scim_connections_id', ['id'])
      .addForeignKeyConstraint('scim_connections_key', ['api_key_id'], 'api_keys', ['id'], (key) =>
        key.onDelete('set null'),
      )
      .execute()
    await sql`create unique index scim_connections_api_key_id on scim_connections (api_key_id)`.execute(tx)

    await table('scim_requests')
      .addColumn('seq', dialect.columns.sequence)
      .addColumn('id', ...text())
      .addColumn('connection_id', ...text())
      .addColumn('is_change', ...integer())
      .addColumn('at', ...instant())
      .addColumn('method', ...text())
      .addColumn('path', ...text())
      .addColumn('status', ...integer())
      .addColumn('resource_id', ...text('null'))
      .addColumn('subject', ...text('null'))
      .addColumn('changes', ...json('null'))
      .addColumn('ignored', ...json())
      .addColumn('error', ...text('null'))
      .addForeignKeyConstraint(
        'scim_requests_connection',
        ['connection_id'],
        'scim_connections',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .execute()
    await sql`create index scim_requests_kept on scim_requests (connection_id, is_change, seq)`.execute(tx)
    await sql`create index scim_requests_list on scim_requests (connection_id, seq)`.execute(tx)
    await sql`create index scim_requests_at on scim_requests (at)`.execute(tx)

    // The connection that created a group through SCIM.
    await table('scim_groups')
      .addColumn('group_id', ...text())
      .addColumn('connection_id', ...text())
      .addPrimaryKeyConstraint('scim_groups_group_id', ['group_id'])
      .addForeignKeyConstraint('scim_groups_group', ['group_id'], 'groups', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await tx.schema
      .alterTable('scim_users')
      .addColumn('connection_id', ...text('null'))
      .execute()
  },
}
