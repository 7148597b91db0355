import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const factorDuties: Migration = {
  name: '0015-factor-duties',
  async up(tx, dialect) {
    const { table, text, instant } = tableMaker(tx, dialect)
    await table('factor_duties')
      .addColumn('user_id', ...text())
      .addColumn('since', ...instant())
      .addPrimaryKeyConstraint('factor_duties_user_id', ['user_id'])
      .addForeignKeyConstraint('factor_duties_user', ['user_id'], 'users', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
  },
}
