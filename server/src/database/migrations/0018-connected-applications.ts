import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const connectedApplications: Migration = {
  name: '0018-connected-applications',
  async up(tx, dialect) {
    const { table, text, instant, integer, json } = tableMaker(tx, dialect)
    await tx.schema
      .alterTable('applications')
      .addColumn('backchannel_logout_uri', dialect.columns.text)
      .execute()
    await sql`create index oauth_records_session_id on oauth_records (session_id) where session_id is not null`.execute(
      tx,
    )

    await table('application_connections')
      .addColumn('user_id', ...text())
      .addColumn('application_id', ...text())
      .addColumn('scopes', ...json())
      .addColumn('created_at', ...instant())
      .addColumn('last_sign_in_at', ...instant())
      .addPrimaryKeyConstraint('application_connections_id', ['user_id', 'application_id'])
      .addForeignKeyConstraint('application_connections_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .addForeignKeyConstraint(
        'application_connections_application',
        ['application_id'],
        'applications',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .execute()
    await sql`create index application_connections_application_id on application_connections (application_id)`.execute(
      tx,
    )

    await table('logout_notices')
      .addColumn('id', ...text())
      .addColumn('application_id', ...text())
      .addColumn('user_id', ...text())
      .addColumn('sid', ...text('null'))
      .addColumn('created_at', ...instant())
      .addColumn('attempts', ...integer())
      .addColumn('next_attempt_at', ...instant())
      .addColumn('leased_until', ...instant('null'))
      .addPrimaryKeyConstraint('logout_notices_id', ['id'])
      .addForeignKeyConstraint(
        'logout_notices_application',
        ['application_id'],
        'applications',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .execute()
    for (const column of ['application_id', 'next_attempt_at'])
      await sql`create index ${sql.ref(`logout_notices_${column}`)} on logout_notices (${sql.ref(column)})`.execute(
        tx,
      )
  },
}
