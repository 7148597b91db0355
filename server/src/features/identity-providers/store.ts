import type { Database, Tx } from '../../database/database.ts'
import type { ProviderRow } from './upstream/provider.ts'

export function createProviderStore(database: Database) {
  const { read, dialect } = database
  return {
    async insert(tx: Tx, row: ProviderRow): Promise<void> {
      await tx.insertInto('identity_providers').values(row).execute()
    },
    async find(id: string): Promise<ProviderRow | undefined> {
      return read.selectFrom('identity_providers').selectAll().where('id', '=', id).executeTakeFirst()
    },
    async findByIssuer(issuer: string, from: Tx | Database['read'] = read): Promise<ProviderRow | undefined> {
      return from.selectFrom('identity_providers').selectAll().where('issuer', '=', issuer).executeTakeFirst()
    },
    async findForChange(tx: Tx, id: string): Promise<ProviderRow | undefined> {
      return dialect
        .locked(tx.selectFrom('identity_providers').selectAll().where('id', '=', id))
        .executeTakeFirst()
    },
    /** All providers by id; there are few. */
    async list(from: Tx | Database['read'] = read): Promise<ProviderRow[]> {
      return from.selectFrom('identity_providers').selectAll().orderBy('id').execute()
    },
    async update(tx: Tx, id: string, row: ProviderRow): Promise<void> {
      await tx.updateTable('identity_providers').set(row).where('id', '=', id).execute()
    },
    async delete(tx: Tx, id: string): Promise<void> {
      await tx.deleteFrom('identity_providers').where('id', '=', id).execute()
    },
  }
}

export type ProviderStore = ReturnType<typeof createProviderStore>
