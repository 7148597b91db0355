/** A second factor as the fresh proof of a signed-in user. */

import type { AuditLog } from '../../audit-events.ts'
import type { Caller } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { PasskeyAnswer } from '../../factor-answers.ts'
import type { Phrase } from '../../mail/phrases.ts'
import type { PasskeyStore } from './passkeys/store.ts'
import type { PasskeyVerification, Refused, Signed } from './passkeys/verification.ts'
import type { FactorStore } from './store.ts'
import { type CodeAnswer, isLocked, type Verdict, type Verification } from './verification.ts'

export type ProofMethod = 'totp' | 'recovery_code' | 'passkey'
export type FactorAnswer = CodeAnswer | { passkey: PasskeyAnswer }

type Needs = {
  database: Database
  hold(tx: Tx, userId: string): Promise<unknown>
  audit: AuditLog
  tell(tx: Tx, userId: string, what: Phrase): Promise<void>
}

type Parts = {
  store: FactorStore
  passkeyStore: PasskeyStore
  codes: Verification
  signatures: PasskeyVerification
}

export function createStepUp(
  { database, hold, audit, tell }: Needs,
  { store, passkeyStore, codes, signatures }: Parts,
) {
  return {
    /** The factors that can give a fresh proof. A locked app is not included. */
    async methodsOf(userId: string): Promise<ProofMethod[]> {
      const [totp, passkeys, recovery] = await Promise.all([
        store.findTotp(userId),
        passkeyStore.list(userId),
        store.listRecoveryCodes(userId),
      ])
      const methods: ProofMethod[] = []
      if (totp && totp.confirmed_at !== null && !isLocked(totp)) methods.push('totp')
      if (recovery.length > 0) methods.push('recovery_code')
      if (passkeys.length > 0) methods.push('passkey')
      return methods
    },

    /**
     * Verifies a code or a passkey, and records the proof in the transaction that uses it up.
     * @throws invalid_code, invalid_passkey, too_many_requests
     */
    async prove(caller: Caller, userId: string, answer: FactorAnswer, note: (tx: Tx) => Promise<void>) {
      const method = methodOf(answer)
      const check = await checkOf(answer, userId)
      const verdict = await database.transaction(async (tx) => {
        await hold(tx, userId)
        const verdict = await check(tx)
        if (verdict.kind === 'refused') return verdict
        const isRight = verdict.kind === 'right'
        const target = { kind: 'user', id: userId } as const
        await audit.record(tx, caller, {
          type: isRight ? 'auth.step_up.success' : 'auth.step_up.failure',
          outcome: isRight ? 'success' : 'failure',
          target,
          changes: { method },
        })
        if (isRight) {
          if (method === 'recovery_code') await noteRecoveryCode(tx, caller, userId)
          await note(tx)
        }
        return verdict
      })
      if (verdict.kind !== 'right') throw verdict.refusal
    },

    noteRecoveryCode,
  }

  /** Signatures are verified before the transaction, because this is slow. */
  async function checkOf(answer: FactorAnswer, userId: string) {
    if (!('passkey' in answer)) return (tx: Tx) => codes.check(tx, userId, answer)
    const signed = await signatures.check(answer.passkey, { kind: 'step_up', subject: userId }, userId)
    return (tx: Tx) => verdictOf(signed, tx)
  }

  /** Mails the user that a recovery code was used. */
  async function noteRecoveryCode(tx: Tx, caller: Caller, userId: string): Promise<void> {
    const { length: left } = await store.listRecoveryCodes(userId, tx)
    const target = { kind: 'user', id: userId } as const
    await audit.record(tx, caller, { type: 'factor.recovery_code_used', target, changes: { left } })
    await tell(tx, userId, { key: 'recovery_code_used', count: left })
  }
}

export type StepUp = ReturnType<typeof createStepUp>

/** Records the use of the passkey in the transaction that relies on it. */
export async function verdictOf(signed: Signed | Refused, tx: Tx): Promise<Verdict> {
  if ('accept' in signed && (await signed.accept(tx))) return { kind: 'right' }
  return { kind: 'wrong', refusal: new AppError('invalid_passkey') }
}

export function methodOf(answer: FactorAnswer): ProofMethod {
  if ('passkey' in answer) return 'passkey'
  return 'totp' in answer ? 'totp' : 'recovery_code'
}
