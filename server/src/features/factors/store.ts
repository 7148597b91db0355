import type { Selectable } from 'kysely'
import { inserter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type {
  FactorDutiesTable,
  SignInChallengesTable,
  TotpFactorsTable,
} from '../../database/schema/schema.ts'

export type TotpRow = Selectable<TotpFactorsTable>
export type ChallengeRow = Selectable<SignInChallengesTable>

/** The columns of an app without wrong codes. */
export const noWrongCodes = { failures: 0, failures_until: null, wrong_in_row: 0 } as const

export function createFactorStore(database: Database) {
  const { read, scan, dialect } = database
  const insertTotp = inserter(database, 'totp_factors')
  const required = database.prepare<{ required: boolean | number }>(
    read
      .selectNoFrom((at) =>
        at
          .or([
            at.exists(
              at
                .selectFrom('totp_factors')
                .select('user_id')
                .where('user_id', '=', '')
                .where('confirmed_at', 'is not', null),
            ),
            at.exists(at.selectFrom('passkeys').select('id').where('user_id', '=', '')),
          ])
          .as('required'),
      )
      .compile(),
  )
  return {
    /** Whether the account has a second factor that a sign-in must use. */
    async isRequired(userId: string, tx?: Tx): Promise<boolean> {
      const row = tx ? (await required.in(tx, userId, userId))[0] : await required(userId, userId)
      return Boolean(row?.required)
    },

    async findTotp(userId: string, from: Tx | Database['read'] = read): Promise<TotpRow | undefined> {
      return from.selectFrom('totp_factors').selectAll().where('user_id', '=', userId).executeTakeFirst()
    },
    /** The encrypted secrets of the confirmed apps of these users. */
    async listSealedTotp(userIds: readonly string[]): Promise<Map<string, string>> {
      if (userIds.length === 0) return new Map()
      const rows = await scan
        .selectFrom('totp_factors')
        .select(['user_id', 'secret'])
        .where('user_id', 'in', userIds)
        .where('confirmed_at', 'is not', null)
        .execute()
      return new Map(rows.map(({ user_id, secret }) => [user_id, secret]))
    },
    async insertTotps(tx: Tx, rows: readonly TotpRow[]): Promise<void> {
      await insertTotp(tx, rows)
    },
    async findTotpForChange(tx: Tx, userId: string): Promise<TotpRow | undefined> {
      return dialect
        .locked(tx.selectFrom('totp_factors').selectAll().where('user_id', '=', userId))
        .executeTakeFirst()
    },
    /** Replaces a factor that was not confirmed. */
    async putTotp(tx: Tx, row: TotpRow): Promise<void> {
      await tx.deleteFrom('totp_factors').where('user_id', '=', row.user_id).execute()
      await tx.insertInto('totp_factors').values(row).execute()
    },
    async updateTotp(tx: Tx, userId: string, changes: Partial<TotpRow>): Promise<void> {
      await tx.updateTable('totp_factors').set(changes).where('user_id', '=', userId).execute()
    },
    /** @returns false when a code of this step or of a later one was used before */
    async useStep(tx: Tx, userId: string, step: number): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('totp_factors')
        .set({ last_step: step, ...noWrongCodes })
        .where('user_id', '=', userId)
        .where((at) => at.or([at('last_step', 'is', null), at('last_step', '<', step)]))
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async forgetWrongCodes(tx: Tx, userId: string): Promise<void> {
      await tx
        .updateTable('totp_factors')
        .set(noWrongCodes)
        .where('user_id', '=', userId)
        .where('wrong_in_row', '>', 0)
        .execute()
    },
    async deleteTotp(tx: Tx, userId: string): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('totp_factors')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },

    async listRecoveryCodes(
      userId: string,
      from: Tx | Database['read'] = read,
    ): Promise<{ created_at: string }[]> {
      return from.selectFrom('recovery_codes').select('created_at').where('user_id', '=', userId).execute()
    },
    async replaceRecoveryCodes(tx: Tx, userId: string, hashes: readonly string[], at: string): Promise<void> {
      await this.deleteRecoveryCodes(tx, userId)
      await tx
        .insertInto('recovery_codes')
        .values(hashes.map((hash) => ({ user_id: userId, hash, created_at: at })))
        .execute()
    },
    /** @returns false when there is no such code; of two concurrent calls only one gets true */
    async useRecoveryCode(tx: Tx, userId: string, hash: string): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('recovery_codes')
        .where('user_id', '=', userId)
        .where('hash', '=', hash)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
    async deleteRecoveryCodes(tx: Tx, userId: string): Promise<void> {
      await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
    },

    /** The time since which the user must add a factor. */
    async findDuty(userId: string): Promise<string | undefined> {
      const row = await read
        .selectFrom('factor_duties')
        .select('since')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return row?.since
    },
    async insertDuty(tx: Tx, row: FactorDutiesTable): Promise<void> {
      await tx
        .insertInto('factor_duties')
        .values(row)
        .onConflict((conflict) => conflict.column('user_id').doNothing())
        .execute()
    },
    async deleteDuty(tx: Tx, userId: string): Promise<void> {
      await tx.deleteFrom('factor_duties').where('user_id', '=', userId).execute()
    },

    async insertChallenge(tx: Tx, row: ChallengeRow): Promise<void> {
      await tx.insertInto('sign_in_challenges').values(row).execute()
    },
    async findChallenge(from: Tx | Database['read'], hash: string): Promise<ChallengeRow | undefined> {
      return from.selectFrom('sign_in_challenges').selectAll().where('hash', '=', hash).executeTakeFirst()
    },
    async findChallengeForChange(tx: Tx, hash: string): Promise<ChallengeRow | undefined> {
      return dialect
        .locked(tx.selectFrom('sign_in_challenges').selectAll().where('hash', '=', hash))
        .executeTakeFirst()
    },
    async countAttempt(tx: Tx, hash: string): Promise<void> {
      await tx
        .updateTable('sign_in_challenges')
        .set((at) => ({ attempts: at('attempts', '+', 1) }))
        .where('hash', '=', hash)
        .execute()
    },
    async deleteChallenge(tx: Tx, hash: string): Promise<void> {
      await tx.deleteFrom('sign_in_challenges').where('hash', '=', hash).execute()
    },
    async deleteChallengesOf(tx: Tx, userId: string): Promise<void> {
      await tx.deleteFrom('sign_in_challenges').where('user_id', '=', userId).execute()
    },
    async deleteExpired(tx: Tx, at: string, limit: number): Promise<number> {
      const expired = tx
        .selectFrom('sign_in_challenges')
        .select('hash')
        .where('expires_at', '<', at)
        .limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('sign_in_challenges')
        .where('hash', 'in', expired)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

export type FactorStore = ReturnType<typeof createFactorStore>
