import type { Migration } from './migration.ts'

/** How many wrong codes of an authenticator app were typed since the last right one. */
export const wrongCodesInARow: Migration = {
  name: '0036-wrong-codes-in-a-row',
  async up(tx) {
    await tx.schema
      .alterTable('totp_factors')
      .addColumn('wrong_in_row', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
  },
}
