import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Sessions in which an administrator acts as the user, and what was done in them. */
export const impersonation: Migration = {
  name: '0047-impersonation',
  async up(tx, dialect) {
    for (const column of ['impersonator_id', 'impersonator_session_id'])
      await tx.schema.alterTable('sessions').addColumn(column, dialect.columns.text).execute()
    await sql`create index sessions_impersonator on sessions (impersonator_session_id)
      where impersonator_session_id is not null and ended_at is null`.execute(tx)
    await tx.schema.alterTable('audit_events').addColumn('acting_as', dialect.columns.text).execute()
    await dialect.protectColumn(tx, 'audit_events', 'acting_as')
  },
}
