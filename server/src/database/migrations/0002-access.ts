import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const access: Migration = {
  name: '0002-access',
  async up(tx, dialect) {
    const { table, text, instant, integer } = tableMaker(tx, dialect)
    await table('passwords')
      .addColumn('user_id', ...text())
      .addColumn('hash', ...text())
      .addColumn('changed_at', ...instant())
      .addColumn('failures', ...integer())
      .addPrimaryKeyConstraint('passwords_user_id', ['user_id'])
      .addForeignKeyConstraint('passwords_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()

    await table('sessions')
      .addColumn('id', ...text())
      .addColumn('user_id', ...text())
      .addColumn('user_agent', ...text('null'))
      .addColumn('address', ...text('null'))
      .addColumn('auth_methods', ...text())
      .addColumn('created_at', ...instant())
      .addColumn('last_seen_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addColumn('ended_at', ...instant('null'))
      .addColumn('end_reason', ...text('null'))
      .addPrimaryKeyConstraint('sessions_id', ['id'])
      .addForeignKeyConstraint('sessions_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create index sessions_user_id on sessions (user_id, created_at)`.execute(tx)
    await sql`create index sessions_expires_at on sessions (expires_at)`.execute(tx)

    await table('refresh_tokens')
      .addColumn('hash', ...text())
      .addColumn('session_id', ...text())
      .addColumn('created_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addColumn('used_at', ...instant('null'))
      .addPrimaryKeyConstraint('refresh_tokens_hash', ['hash'])
      .addForeignKeyConstraint('refresh_tokens_session', ['session_id'], 'sessions', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create index refresh_tokens_session_id on refresh_tokens (session_id)`.execute(tx)
    await sql`create index refresh_tokens_expires_at on refresh_tokens (expires_at)`.execute(tx)

    await table('signing_keys')
      .addColumn('id', ...text())
      .addColumn('public_jwk', ...text())
      .addColumn('private_jwk', ...text())
      .addColumn('created_at', ...instant())
      .addColumn('active_at', ...instant())
      .addColumn('retired_at', ...instant('null'))
      .addPrimaryKeyConstraint('signing_keys_id', ['id'])
      .execute()

    await table('attempts')
      .addColumn('key', ...text())
      .addColumn('count', ...integer())
      .addColumn('window_ends_at', ...instant())
      .addColumn('blocked_until', ...instant('null'))
      .addPrimaryKeyConstraint('attempts_key', ['key'])
      .execute()
    await sql`create index attempts_window_ends_at on attempts (window_ends_at)`.execute(tx)

    await table('api_keys')
      .addColumn('id', ...text())
      .addColumn('user_id', ...text())
      .addColumn('name', ...text())
      .addColumn('secret_hash', ...text())
      .addColumn('permissions', ...text())
      .addColumn('version', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('updated_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addColumn('last_used_at', ...instant('null'))
      .addColumn('revoked_at', ...instant('null'))
      .addPrimaryKeyConstraint('api_keys_id', ['id'])
      .addForeignKeyConstraint('api_keys_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create index api_keys_user_id on api_keys (user_id, created_at)`.execute(tx)

    await table('one_time_tokens')
      .addColumn('hash', ...text())
      .addColumn('purpose', ...text())
      .addColumn('user_id', ...text('null'))
      .addColumn('email_key', ...text('null'))
      .addColumn('email', ...text('null'))
      .addColumn('created_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addPrimaryKeyConstraint('one_time_tokens_hash', ['hash'])
      .addForeignKeyConstraint('one_time_tokens_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create index one_time_tokens_user_id on one_time_tokens (user_id, purpose)`.execute(tx)
    await sql`create index one_time_tokens_expires_at on one_time_tokens (expires_at)`.execute(tx)
  },
}
