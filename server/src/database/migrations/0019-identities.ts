import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const identities: Migration = {
  name: '0019-identities',
  async up(tx, dialect) {
    const { table, text, instant, integer, json } = tableMaker(tx, dialect)
    await table('identity_providers')
      .addColumn('id', ...text())
      .addColumn('kind', ...text())
      .addColumn('name', ...text())
      .addColumn('issuer', ...text())
      .addColumn('client_id', ...text())
      .addColumn('client_secret', ...text('null'))
      .addColumn('team_id', ...text('null'))
      .addColumn('key_id', ...text('null'))
      .addColumn('scopes', ...json())
      .addColumn('domains', ...json())
      .addColumn('sign_up', ...text())
      .addColumn('role_rules', ...json())
      .addColumn('enabled_at', ...instant('null'))
      .addColumn('version', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('updated_at', ...instant())
      .addPrimaryKeyConstraint('identity_providers_id', ['id'])
      .execute()
    await sql`create unique index identity_providers_issuer on identity_providers (issuer)`.execute(tx)

    await table('identities')
      .addColumn('id', ...text())
      .addColumn('user_id', ...text())
      .addColumn('issuer', ...text())
      .addColumn('subject', ...text())
      .addColumn('email', ...text('null'))
      .addColumn('created_at', ...instant())
      .addColumn('last_used_at', ...instant('null'))
      .addPrimaryKeyConstraint('identities_id', ['id'])
      .addForeignKeyConstraint('identities_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create unique index identities_subject on identities (issuer, subject)`.execute(tx)
    await sql`create index identities_user_id on identities (user_id)`.execute(tx)

    await table('provider_attempts')
      .addColumn('hash', ...text())
      .addColumn('kind', ...text())
      .addColumn('provider_id', ...text())
      .addColumn('browser_hash', ...text())
      .addColumn('content', ...text())
      .addColumn('created_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addPrimaryKeyConstraint('provider_attempts_hash', ['hash'])
      .addForeignKeyConstraint(
        'provider_attempts_provider',
        ['provider_id'],
        'identity_providers',
        ['id'],
        (key) => key.onDelete('cascade'),
      )
      .execute()
    await sql`create index provider_attempts_provider_id on provider_attempts (provider_id)`.execute(tx)
    await sql`create index provider_attempts_expires_at on provider_attempts (expires_at)`.execute(tx)

    // How the first step was proven, for sign-ins that wait for a second one.
    await tx.schema.alterTable('sign_in_challenges').addColumn('first_method', dialect.columns.text).execute()
  },
}
