import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const importedPasswords: Migration = {
  name: '0005-imported-passwords',
  async up(tx, dialect) {
    const { text } = tableMaker(tx, dialect)
    await tx.schema
      .alterTable('passwords')
      .addColumn('imported', ...text('null'))
      .execute()
  },
}
