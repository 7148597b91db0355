import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { ProviderAttemptsTable } from '../../database/schema/schema.ts'

export type AttemptRow = Selectable<ProviderAttemptsTable>
type Key = Pick<AttemptRow, 'hash' | 'kind' | 'browser_hash'>

export function createAttemptStore(_database: Database) {
  return {
    async insert(tx: Tx, row: AttemptRow): Promise<void> {
      await tx.insertInto('provider_attempts').values(row).execute()
    },
    /**
     * Uses the attempt up: of several concurrent calls, one gets it. Undefined for another browser or when it has
     * expired.
     */
    async take(tx: Tx, { hash, kind, browser_hash }: Key, at: string): Promise<AttemptRow | undefined> {
      return tx
        .deleteFrom('provider_attempts')
        .where('hash', '=', hash)
        .where('kind', '=', kind)
        .where('browser_hash', '=', browser_hash)
        .where('expires_at', '>', at)
        .returningAll()
        .executeTakeFirst()
    },
    /** @returns the number of rows */
    async deleteExpired(tx: Tx, at: string, limit: number): Promise<number> {
      const { numDeletedRows } = await tx
        .deleteFrom('provider_attempts')
        .where('hash', 'in', (from) =>
          from
            .selectFrom('provider_attempts')
            .select('hash')
            .where('expires_at', '<=', at)
            .orderBy('expires_at')
            .limit(limit),
        )
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

export type AttemptStore = ReturnType<typeof createAttemptStore>
