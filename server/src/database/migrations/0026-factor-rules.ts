import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

/** Roles whose holders must have a second factor. */
export const factorRules: Migration = {
  name: '0026-factor-rules',
  async up(tx, dialect) {
    const { instant } = tableMaker(tx, dialect)
    await tx.schema
      .alterTable('roles')
      .addColumn('second_factor_since', ...instant('null'))
      .execute()
  },
}
