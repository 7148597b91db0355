import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Old refresh tokens of a grant are found without reading the codes and tokens beside them. */
export const recordsOfGrants: Migration = {
  name: '0038-records-of-grants',
  async up(tx) {
    await tx.schema.dropIndex('oauth_records_grant_id').execute()
    await sql`create index oauth_records_of_grant on oauth_records (grant_id, kind, created_at)`.execute(tx)
    await tx.schema.dropIndex('oauth_records_user_id').execute()
    await sql`create index oauth_records_of_user on oauth_records (user_id, application_id, kind, created_at)`.execute(
      tx,
    )
  },
}
