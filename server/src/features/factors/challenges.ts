/** The second step of a sign-in: a challenge that needs a second factor of the account. */
import type { AuditLog } from '../../audit-events.ts'
import type { Caller } from '../../caller.ts'
import { fromNow, newSecret, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { AppError } from '../../errors.ts'
import type { MailedCodes } from './mailed-codes.ts'
import type { PasskeyStore } from './passkeys/store.ts'
import type { PasskeyVerification } from './passkeys/verification.ts'
import { type FactorAnswer, methodOf, type ProofMethod, type StepUp, verdictOf } from './step-up.ts'
import type { ChallengeRow, FactorStore } from './store.ts'
import type { Verification } from './verification.ts'

const challengeSeconds = 600
const attemptsPerChallenge = 5

type Needs = {
  database: Database
  /** Locks the user until the transaction ends. This is the first lock, as in all transactions. */
  hold(tx: Tx, userId: string): Promise<unknown>
  audit: AuditLog
}

type Parts = {
  store: FactorStore
  passkeyStore: PasskeyStore
  codes: Verification
  signatures: PasskeyVerification
  stepUp: Pick<StepUp, 'noteRecoveryCode' | 'methodsOf'>
  mailedCodes: MailedCodes
}

/** The answer to a challenge. A mailed code is not a fresh proof of a signed-in user. */
export type ChallengeAnswer = FactorAnswer | { email_code: string }

const unmailed = { code_hash: null, email_key: null }

export type Challenges = ReturnType<typeof createChallenges>

export function createChallenges(
  { database, audit, hold }: Needs,
  { store, passkeyStore, codes, signatures, stepUp, mailedCodes }: Parts,
) {
  /** Signatures are verified before the transaction, because this is slow. */
  const checkOf = async (challenge: string, answer: ChallengeAnswer) => {
    if ('email_code' in answer)
      return (tx: Tx, row: ChallengeRow) => mailedCodes.check(tx, row, challenge, answer.email_code)
    if (!('passkey' in answer)) return (tx: Tx, row: ChallengeRow) => codes.check(tx, row.user_id, answer)
    const hash = sha256(challenge)
    const owner = (await store.findChallenge(database.read, hash))?.user_id
    const purpose = { kind: 'second_factor', subject: hash } as const
    const signed = owner && (await signatures.check(answer.passkey, purpose, owner))
    const unknown = { refused: 'unknown', userId: null } as const
    return (tx: Tx, row: ChallengeRow) =>
      verdictOf(signed && signed.userId === row.user_id ? signed : unknown, tx)
  }
  const isOver = ({ expires_at, attempts }: ChallengeRow) =>
    expires_at <= now() || attempts >= attemptsPerChallenge

  const insert = (
    tx: Tx,
    challenge: string,
    row: Omit<ChallengeRow, 'hash' | 'attempts' | 'created_at'>,
  ): Promise<void> =>
    store.insertChallenge(tx, { ...row, hash: sha256(challenge), attempts: 0, created_at: now() })

  return {
    /** Whether the account has a second factor that a sign-in must use. */
    isRequired: store.isRequired,

    /** The methods with which the account can answer. */
    methodsOf: (userId: string): Promise<ProofMethod[]> => stepUp.methodsOf(userId),

    /** The user whose sign-in waits for a second step; undefined when the challenge is unknown or expired. */
    async ownerOf(challenge: string): Promise<string | undefined> {
      const row = await store.findChallenge(database.read, sha256(challenge))
      return row && !isOver(row) ? row.user_id : undefined
    },

    /**
     * Begins the second step in the transaction of the first one, whose method was `firstMethod`.
     * @returns the challenge, which is stored as a hash
     */
    async begin(tx: Tx, userId: string, firstMethod: string | null = null): Promise<string> {
      const challenge = `sc_${newSecret()}`
      const expires_at = fromNow(challengeSeconds)
      await insert(tx, challenge, { user_id: userId, first_method: firstMethod, expires_at, ...unmailed })
      return challenge
    },

    /** Whether a mailed code is the second step after a first step with this method. */
    isMailed: mailedCodes.isDue,

    /**
     * The same as `begin` with a mailed code.
     * @param self the user, with the method of the first step
     * @returns the challenge, or the seconds to wait; the transaction must be committed in both cases
     */
    async beginByMail(tx: Tx, self: Caller, userId: string): Promise<string | { waitSeconds: number }> {
      const challenge = `sc_${newSecret()}`
      const expiresAt = fromNow(challengeSeconds)
      const mailed = await mailedCodes.send(tx, self, userId, { challenge, expiresAt })
      if ('waitSeconds' in mailed) return mailed
      const first_method = self.authMethods[0] ?? null
      await insert(tx, challenge, { user_id: userId, first_method, expires_at: expiresAt, ...mailed })
      return challenge
    },

    /**
     * Verifies the answer to a challenge and, if it is right, opens the session in the same transaction. A wrong answer
     * is counted and keeps the challenge; a right one uses it up.
     * @throws invalid_grant for an unknown or expired challenge; invalid_code or invalid_passkey; too_many_requests
     */
    async answer<T>(
      caller: Caller,
      challenge: string,
      answer: ChallengeAnswer,
      openSession: (tx: Tx, userId: string, methods: readonly string[]) => Promise<T>,
    ): Promise<T> {
      const hash = sha256(challenge)
      const check = await checkOf(challenge, answer)
      const result = await database.transaction(async (tx) => {
        const found = await store.findChallenge(tx, hash)
        if (found) await hold(tx, found.user_id)
        const row = found && (await store.findChallengeForChange(tx, hash))
        if (!row || isOver(row)) throw new AppError('invalid_grant')
        const first = row.first_method ?? 'pwd'
        const self: Caller = { ...caller, kind: 'user', userId: row.user_id, authMethods: [first] }
        const verdict = await check(tx, row)
        if (verdict.kind === 'refused') return verdict
        if (verdict.kind === 'wrong') {
          await store.countAttempt(tx, hash)
          await audit.record(tx, self, {
            type: 'auth.second_factor.failure',
            outcome: 'failure',
            reason: `wrong_${nameOf(answer)}`,
            target: { kind: 'user', id: row.user_id },
          })
          return verdict
        }
        await store.deleteChallenge(tx, hash)
        if ('recovery_code' in answer) await stepUp.noteRecoveryCode(tx, self, row.user_id)
        const second = { totp: 'otp', email_code: 'email' }[nameOf(answer)] ?? nameOf(answer)
        return { kind: 'right', opened: await openSession(tx, row.user_id, [first, second]) } as const
      })
      if (result.kind !== 'right') throw result.refusal
      return result.opened
    },

    /** Housekeeping. */
    deleteExpired: (limit: number): Promise<number> =>
      database.transaction(
        async (tx) =>
          (await store.deleteExpired(tx, now(), limit)) +
          (await passkeyStore.deleteExpiredChallenges(tx, now(), limit)),
      ),
  }
}

function nameOf(answer: ChallengeAnswer): string {
  return 'email_code' in answer ? 'email_code' : methodOf(answer)
}
