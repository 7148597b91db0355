import type { Migration } from './migration.ts'

export const machinePermissions: Migration = {
  name: '0043-machine-permissions',
  async up(tx, dialect) {
    await tx.schema
      .alterTable('applications')
      .addColumn('permissions', dialect.columns.text, (column) => column.notNull().defaultTo('[]'))
      .execute()
  },
}
