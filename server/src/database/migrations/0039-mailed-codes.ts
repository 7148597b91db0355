import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

/** Codes that are mailed as the second step of a sign-in, and passwords that were set with the link of a mail. */
export const mailedCodes: Migration = {
  name: '0039-mailed-codes',
  async up(tx, dialect) {
    const { text, instant } = tableMaker(tx, dialect)
    for (const column of ['code_hash', 'email_key'])
      await tx.schema
        .alterTable('sign_in_challenges')
        .addColumn(column, ...text('null'))
        .execute()
    await tx.schema
      .alterTable('passwords')
      .addColumn('reset_by_mail_at', ...instant('null'))
      .execute()
  },
}
