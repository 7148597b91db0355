import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const signUps: Migration = {
  name: '0010-sign-ups',
  secondsPerMillion: 0.5,
  async up(tx, dialect) {
    const { table, text, instant } = tableMaker(tx, dialect)
    await table('unproven_sign_ups')
      .addColumn('user_id', ...text())
      .addColumn('user_agent', ...text('null'))
      .addColumn('created_at', ...instant())
      .addPrimaryKeyConstraint('unproven_sign_ups_user_id', ['user_id'])
      .addForeignKeyConstraint('unproven_sign_ups_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create index unproven_sign_ups_created_at on unproven_sign_ups (created_at)`.execute(tx)
    // Only the audit log tells sign-ups from users whom an administrator created.
    await sql`
      insert into unproven_sign_ups (user_id, user_agent, created_at)
      select users.id, min(audit_events.user_agent), users.created_at
      from audit_events join users on users.id = audit_events.target_id
      where audit_events.type = 'user.created' and audit_events.reason = 'self'
        and users.email_verified_at is null
      group by users.id, users.created_at`.execute(tx)
  },
}
