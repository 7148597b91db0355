import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

/** What verifying the hash of another system costs, so that refusals can cost as much. */
export const importedHashWork: Migration = {
  name: '0016-imported-hash-work',
  async up(tx, dialect) {
    const { integer } = tableMaker(tx, dialect)
    await tx.schema
      .alterTable('passwords')
      .addColumn('imported_work', ...integer('null'))
      .execute()
    await tx.schema
      .createIndex('passwords_imported_work')
      .on('passwords')
      .column('imported_work')
      .where('imported_work', 'is not', null)
      .execute()
  },
}
