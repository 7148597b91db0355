import type { Migration } from './migration.ts'

/** The language of a user, for mails and pages. */
export const locales: Migration = {
  name: '0046-locales',
  async up(tx) {
    await tx.schema.alterTable('users').addColumn('locale', 'text').execute()
  },
}
