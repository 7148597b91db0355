import type { Migration } from './migration.ts'

/** When a machine last got a token or called the API. */
export const lastUseOfMachines: Migration = {
  name: '0048-last-use-of-machines',
  async up(tx) {
    await tx.schema.alterTable('applications').addColumn('last_used_at', 'text').execute()
  },
}
