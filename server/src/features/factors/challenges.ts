/** The second step of a sign-in: a challenge that only a second factor of the account answers. */
import type { Caller } from '../../caller.ts'
import { fromNow, newSecret, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import { sha256 } from '../../sha256.ts'
import type { FactorEvent } from './service.ts'
import type { StepUp } from './step-up.ts'
import type { FactorStore } from './store.ts'
import type { CodeAnswer, Verification } from './verification.ts'

const challengeSeconds = 600
const attemptsPerChallenge = 5

type Needs = {
  database: Database
  /** Keeps the user as they are until the transaction ends: the first lock, as everywhere. */
  hold(tx: Tx, userId: string): Promise<unknown>
  audit: { record(tx: Tx, caller: Caller, ...events: FactorEvent[]): Promise<void> }
}

export type Challenges = ReturnType<typeof createChallenges>

export function createChallenges(
  { database, audit, hold }: Needs,
  store: FactorStore,
  verification: Verification,
  stepUp: Pick<StepUp, 'noteRecoveryCode'>,
) {
  return {
    /** Whether the account has a second factor that counts. */
    async isRequired(userId: string): Promise<boolean> {
      return ((await store.findTotp(userId))?.confirmed_at ?? null) !== null
    },

    /**
     * Begins the second step in the transaction of the first one, which was proven by `firstMethod`.
     * @returns the challenge, kept as a hash
     */
    async begin(tx: Tx, userId: string, firstMethod: string | null = null): Promise<string> {
      const challenge = `sc_${newSecret()}`
      await store.insertChallenge(tx, {
        hash: sha256(challenge),
        user_id: userId,
        first_method: firstMethod,
        attempts: 0,
        created_at: now(),
        expires_at: fromNow(challengeSeconds),
      })
      return challenge
    },

    /**
     * Answers a challenge and, when the factor fits, opens the session in the same transaction. A wrong answer is counted
     * and leaves the challenge; a right one uses it up.
     * @throws invalid_grant for a challenge that is unknown or over; invalid_code; too_many_requests
     */
    async answer<T>(
      caller: Caller,
      challenge: string,
      answer: CodeAnswer,
      openSession: (tx: Tx, userId: string, methods: readonly string[]) => Promise<T>,
    ): Promise<T> {
      const hash = sha256(challenge)
      const result = await database.transaction(async (tx) => {
        const found = await store.findChallenge(tx, hash)
        if (found) await hold(tx, found.user_id)
        const row = found && (await store.findChallengeForChange(tx, hash))
        if (!row || row.expires_at <= now() || row.attempts >= attemptsPerChallenge)
          throw new AppError('invalid_grant')
        const first = row.first_method ?? 'pwd'
        const self: Caller = { ...caller, kind: 'user', userId: row.user_id, authMethods: [first] }
        const verdict = await verification.check(tx, row.user_id, answer)
        if (verdict === 'blocked') return verdict
        if (verdict === 'wrong') {
          await store.countAttempt(tx, hash)
          await audit.record(tx, self, {
            type: 'auth.second_factor.failure',
            outcome: 'failure',
            reason: 'totp' in answer ? 'wrong_totp' : 'wrong_recovery_code',
            target: { kind: 'user', id: row.user_id },
          })
          return verdict
        }
        await store.deleteChallenge(tx, hash)
        if ('recovery_code' in answer) await stepUp.noteRecoveryCode(tx, self, row.user_id)
        const second = 'totp' in answer ? 'otp' : 'recovery_code'
        return { opened: await openSession(tx, row.user_id, [first, second]) }
      })
      if (result === 'blocked') throw new AppError('too_many_requests', { retryAfterSeconds: 3600 })
      if (result === 'wrong') throw new AppError('invalid_code')
      return result.opened
    },

    /** Housekeeping. */
    deleteExpired: (limit: number): Promise<number> =>
      database.transaction((tx) => store.deleteExpired(tx, now(), limit)),
  }
}
