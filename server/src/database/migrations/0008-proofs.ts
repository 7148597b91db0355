import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

/** When the person behind a session last proved who they are, and an index of the API keys that are not revoked. */
export const proofs: Migration = {
  name: '0008-proofs',
  async up(tx, dialect) {
    const { instant } = tableMaker(tx, dialect)
    await tx.schema
      .alterTable('sessions')
      .addColumn('proven_at', ...instant('null'))
      .execute()
    await sql`create index api_keys_live on api_keys (id) where revoked_at is null`.execute(tx)
  },
}
