import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

/** Sign-ins by mail, passwords that their users must replace, and the hosts that passkeys belong to. */
export const emailSignIns: Migration = {
  name: '0035-email-sign-ins',
  async up(tx, dialect) {
    const { table, text, instant, integer } = tableMaker(tx, dialect)
    await table('email_sign_ins')
      .addColumn('hash', ...text())
      .addColumn('user_id', ...text('null'))
      .addColumn('email_key', ...text('null'))
      .addColumn('code_hash', ...text('null'))
      .addColumn('token_hash', ...text('null'))
      .addColumn('attempts', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addPrimaryKeyConstraint('email_sign_ins_hash', ['hash'])
      .addForeignKeyConstraint('email_sign_ins_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create index email_sign_ins_user_id on email_sign_ins (user_id)`.execute(tx)
    await sql`create index email_sign_ins_expires_at on email_sign_ins (expires_at)`.execute(tx)
    await tx.schema
      .alterTable('passkeys')
      .addColumn('rp_id', ...text('null'))
      .execute()
    await sql`create index passkeys_rp_id on passkeys (rp_id)`.execute(tx)
    await tx.schema
      .alterTable('passwords')
      .addColumn('must_change_since', ...instant('null'))
      .execute()
  },
}
