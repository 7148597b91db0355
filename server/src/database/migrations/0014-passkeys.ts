import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const passkeys: Migration = {
  name: '0014-passkeys',
  async up(tx, dialect) {
    const { table, text, instant, integer } = tableMaker(tx, dialect)
    await table('passkeys')
      .addColumn('id', ...text())
      .addColumn('user_id', ...text())
      .addColumn('credential_id', ...text())
      .addColumn('public_key', ...text())
      .addColumn('counter', ...integer())
      .addColumn('transports', ...text())
      .addColumn('aaguid', ...text())
      .addColumn('name', ...text())
      .addColumn('backed_up_at', ...instant('null'))
      .addColumn('created_at', ...instant())
      .addColumn('last_used_at', ...instant('null'))
      .addPrimaryKeyConstraint('passkeys_id', ['id'])
      .addForeignKeyConstraint('passkeys_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create unique index passkeys_credential_id on passkeys (credential_id)`.execute(tx)
    await sql`create index passkeys_user_id on passkeys (user_id)`.execute(tx)

    await table('used_passkey_challenges')
      .addColumn('hash', ...text())
      .addColumn('expires_at', ...instant())
      .addPrimaryKeyConstraint('used_passkey_challenges_hash', ['hash'])
      .execute()
    await sql`create index used_passkey_challenges_expires_at on used_passkey_challenges (expires_at)`.execute(
      tx,
    )
  },
}
