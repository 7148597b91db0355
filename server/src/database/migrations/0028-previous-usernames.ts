import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** The usernames that people had in another system, which they may still sign in with. */
export const previousUsernames: Migration = {
  name: '0028-previous-usernames',
  secondsPerMillion: 0.7,
  async up(tx) {
    await tx.schema.alterTable('users').addColumn('previous_username_key', 'text').execute()
    await sql`create index users_previous_username_key on users (previous_username_key) where previous_username_key is not null`.execute(
      tx,
    )
  },
}
