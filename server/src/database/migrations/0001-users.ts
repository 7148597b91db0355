import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const users: Migration = {
  name: '0001-users',
  async up(tx, dialect) {
    const { table, text, instant, integer, json } = tableMaker(tx, dialect)
    await table('roles')
      .addColumn('name', ...text())
      .addColumn('description', ...text())
      .addColumn('permissions', ...text())
      .addColumn('version', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('updated_at', ...instant())
      .addPrimaryKeyConstraint('roles_name', ['name'])
      .execute()

    await table('users')
      .addColumn('seq', dialect.columns.sequence)
      .addColumn('id', ...text())
      .addColumn('username', ...text())
      .addColumn('username_key', ...text())
      .addColumn('email', ...text())
      .addColumn('email_key', ...text())
      .addColumn('email_verified_at', ...instant('null'))
      .addColumn('first_name', ...text('null'))
      .addColumn('first_name_key', ...text('null'))
      .addColumn('last_name', ...text('null'))
      .addColumn('last_name_key', ...text('null'))
      .addColumn('search_text', ...text())
      .addColumn('disabled_at', ...instant('null'))
      .addColumn('external_id', ...text('null'))
      .addColumn('metadata', ...json())
      .addColumn('version', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('updated_at', ...instant())
      .addColumn('last_login_at', ...instant('null'))
      .addColumn('deleted_at', ...instant('null'))
      .execute()

    // A deleted user keeps the row but not the names: uniqueness holds among users who are not deleted.
    await sql`create unique index users_id on users (id)`.execute(tx)
    await sql`create unique index users_username_key on users (username_key) where deleted_at is null`.execute(
      tx,
    )
    await sql`create unique index users_email_key on users (email_key) where deleted_at is null`.execute(tx)
    await sql`create unique index users_external_id on users (external_id) where deleted_at is null and external_id is not null`.execute(
      tx,
    )
    // One for each order of the list; `last_login_at` of users who never signed in counts as the year 1.
    await sql`create index users_created_at on users (created_at, id)`.execute(tx)
    await sql`create index users_updated_at on users (updated_at, id)`.execute(tx)
    await sql`create index users_last_login_at on users (coalesce(last_login_at, '0001-01-01T00:00:00.000Z'), id)`.execute(
      tx,
    )
    // For filters that match few.
    await sql`create index users_disabled_at on users (disabled_at)`.execute(tx)
    await sql`create index users_email_verified_at on users (email_verified_at)`.execute(tx)
    await sql`create index users_deleted_at on users (deleted_at) where deleted_at is not null`.execute(tx)

    await table('user_roles')
      .addColumn('user_id', ...text())
      .addColumn('role', ...text())
      .addPrimaryKeyConstraint('user_roles_user_id', ['user_id', 'role'])
      .addForeignKeyConstraint('user_roles_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .addForeignKeyConstraint('user_roles_role', ['role'], 'roles', ['name'])
      .execute()
    await sql`create index user_roles_role_user_id on user_roles (role, user_id)`.execute(tx)

    await dialect.search.create(tx)
  },
}
