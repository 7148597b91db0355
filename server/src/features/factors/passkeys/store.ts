import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../../database/database.ts'
import type { PasskeysTable, UsedPasskeyChallengesTable } from '../../../database/schema/schema.ts'

export type PasskeyRow = Selectable<PasskeysTable>

export type PasskeyStore = ReturnType<typeof createPasskeyStore>

/** Another host for which passkeys were created. */
export async function findOtherHost({ read }: Database, host: string): Promise<string | undefined> {
  for (const compare of ['<', '>'] as const) {
    const row = await read
      .selectFrom('passkeys')
      .select('rp_id')
      .where('rp_id', compare, host)
      .limit(1)
      .executeTakeFirst()
    if (row?.rp_id != null) return row.rp_id
  }
  return undefined
}

export function createPasskeyStore({ read }: Database) {
  return {
    async list(userId: string, from: Tx | Database['read'] = read): Promise<PasskeyRow[]> {
      return from
        .selectFrom('passkeys')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
    },
    async findByCredential(credentialId: string): Promise<PasskeyRow | undefined> {
      return read
        .selectFrom('passkeys')
        .selectAll()
        .where('credential_id', '=', credentialId)
        .executeTakeFirst()
    },
    async insert(tx: Tx, row: PasskeyRow): Promise<void> {
      await tx.insertInto('passkeys').values(row).execute()
    },
    async rename(tx: Tx, userId: string, id: string, name: string): Promise<PasskeyRow | undefined> {
      return tx
        .updateTable('passkeys')
        .set({ name })
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
    },
    /**
     * Records a signature.
     * @returns false when the passkey was deleted, or its counter did not increase. Of signatures with the same counter
     * only the first is accepted, unless the authenticator does not count
     */
    async use(
      tx: Tx,
      id: string,
      changes: Pick<PasskeyRow, 'counter' | 'last_used_at' | 'backed_up_at'>,
    ): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('passkeys')
        .set(changes)
        .where('id', '=', id)
        .where((at) => (changes.counter === 0 ? at('counter', '=', 0) : at('counter', '<', changes.counter)))
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async delete(tx: Tx, userId: string, id: string): Promise<PasskeyRow | undefined> {
      return tx
        .deleteFrom('passkeys')
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
    },
    async deleteAll(tx: Tx, userId: string): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('passkeys')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },

    /** @returns false when the challenge was used before */
    async useChallenge(tx: Tx, row: UsedPasskeyChallengesTable): Promise<boolean> {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('used_passkey_challenges')
        .values(row)
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .executeTakeFirst()
      return (numInsertedOrUpdatedRows ?? 0n) > 0n
    },
    async deleteExpiredChallenges(tx: Tx, at: string, limit: number): Promise<number> {
      const expired = tx
        .selectFrom('used_passkey_challenges')
        .select('hash')
        .where('expires_at', '<', at)
        .limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('used_passkey_challenges')
        .where('hash', 'in', expired)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
