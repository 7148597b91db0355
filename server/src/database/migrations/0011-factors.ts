import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const factors: Migration = {
  name: '0011-factors',
  async up(tx, dialect) {
    const { table, text, instant, integer } = tableMaker(tx, dialect)
    await table('totp_factors')
      .addColumn('user_id', ...text())
      .addColumn('secret', ...text())
      .addColumn('created_at', ...instant())
      .addColumn('confirmed_at', ...instant('null'))
      .addColumn('last_step', ...integer('null'))
      .addColumn('failures', ...integer())
      .addColumn('failures_until', ...instant('null'))
      .addPrimaryKeyConstraint('totp_factors_user_id', ['user_id'])
      .addForeignKeyConstraint('totp_factors_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()

    await table('recovery_codes')
      .addColumn('user_id', ...text())
      .addColumn('hash', ...text())
      .addColumn('created_at', ...instant())
      .addPrimaryKeyConstraint('recovery_codes_hash', ['user_id', 'hash'])
      .addForeignKeyConstraint('recovery_codes_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()

    await table('sign_in_challenges')
      .addColumn('hash', ...text())
      .addColumn('user_id', ...text())
      .addColumn('attempts', ...integer())
      .addColumn('created_at', ...instant())
      .addColumn('expires_at', ...instant())
      .addPrimaryKeyConstraint('sign_in_challenges_hash', ['hash'])
      .addForeignKeyConstraint('sign_in_challenges_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create index sign_in_challenges_user_id on sign_in_challenges (user_id)`.execute(tx)
    await sql`create index sign_in_challenges_expires_at on sign_in_challenges (expires_at)`.execute(tx)
  },
}
