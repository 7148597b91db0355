import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Data that users keep about themselves, beside the metadata, which is for administrators. */
export const profiles: Migration = {
  name: '0031-profiles',
  secondsPerMillion: 0.6,
  async up(tx, dialect) {
    await tx.schema
      .alterTable('users')
      .addColumn('profile', dialect.columns.json, (column) => column.notNull().defaultTo(sql`'{}'`))
      .execute()
  },
}
