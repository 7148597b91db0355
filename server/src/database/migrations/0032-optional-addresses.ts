import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Users may have no e-mail address. Both engines change only the description of the table, whatever its size. */
export const optionalAddresses: Migration = {
  name: '0032-optional-addresses',
  async up(tx) {
    await sql`alter table users alter column email drop not null`.execute(tx)
  },
}
