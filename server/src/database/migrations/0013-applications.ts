import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const applications: Migration = {
  name: '0013-applications',
  async up(tx, dialect) {
    const { table, text, instant, integer, json } = tableMaker(tx, dialect)
    await table('applications')
      .addColumn('id', ...text())
      .addColumn('name', ...text())
      .addColumn('kind', ...text())
      .addColumn('redirect_uris', ...json())
      .addColumn('post_logout_redirect_uris', ...json())
      .addColumn('roles', ...json())
      .addColumn('audience', ...text('null'))
      .addColumn('token_algorithm', ...text())
      .addColumn('first_party_at', ...instant('null'))
      .addColumn('version', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('updated_at', ...instant())
      .addPrimaryKeyConstraint('applications_id', ['id'])
      .execute()

    await table('application_secrets')
      .addColumn('id', ...text())
      .addColumn('application_id', ...text())
      .addColumn('secret_hash', ...text())
      .addColumn('created_at', ...instant())
      .addPrimaryKeyConstraint('application_secrets_id', ['id'])
      .addForeignKeyConstraint(
        'application_secrets_application',
        ['application_id'],
        'applications',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .execute()
    await sql`create index application_secrets_application_id on application_secrets (application_id)`.execute(
      tx,
    )

    await table('oauth_records')
      .addColumn('kind', ...text())
      .addColumn('id', ...text())
      .addColumn('content', ...text())
      .addColumn('user_id', ...text('null'))
      .addColumn('application_id', ...text('null'))
      .addColumn('grant_id', ...text('null'))
      .addColumn('session_id', ...text('null'))
      .addColumn('uid', ...text('null'))
      .addColumn('user_code', ...text('null'))
      .addColumn('created_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addColumn('consumed_at', ...instant('null'))
      .addPrimaryKeyConstraint('oauth_records_id', ['kind', 'id'])
      .addForeignKeyConstraint('oauth_records_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .addForeignKeyConstraint(
        'oauth_records_application',
        ['application_id'],
        'applications',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .execute()
    for (const column of ['grant_id', 'uid', 'user_code', 'user_id', 'application_id', 'expires_at'])
      await sql`create index ${sql.ref(`oauth_records_${column}`)} on oauth_records (${sql.ref(column)})`.execute(
        tx,
      )
  },
}
