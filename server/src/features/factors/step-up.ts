/** A second factor as the fresh proof of a person who is signed in. */
import type { Caller } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { FactorEvent } from './service.ts'
import type { FactorStore } from './store.ts'
import type { CodeAnswer, Verification } from './verification.ts'

export type ProofMethod = 'totp' | 'recovery_code'

type Needs = {
  database: Database
  hold(tx: Tx, userId: string): Promise<unknown>
  audit: { record(tx: Tx, caller: Caller, ...events: FactorEvent[]): Promise<void> }
  tell(tx: Tx, userId: string, what: string): Promise<void>
}

export function createStepUp(
  { database, hold, audit, tell }: Needs,
  store: FactorStore,
  verification: Verification,
) {
  return {
    /** The factors that the account can prove itself with. */
    async methodsOf(userId: string): Promise<ProofMethod[]> {
      const [totp, codes] = await Promise.all([store.findTotp(userId), store.listRecoveryCodes(userId)])
      const methods: ProofMethod[] = []
      if (totp && totp.confirmed_at !== null) methods.push('totp')
      if (codes.length > 0) methods.push('recovery_code')
      return methods
    },

    /**
     * Checks a code, and notes the proof in the transaction that uses the code up.
     * @throws invalid_code, too_many_requests
     */
    async prove(caller: Caller, userId: string, answer: CodeAnswer, note: (tx: Tx) => Promise<void>) {
      const method = 'totp' in answer ? 'totp' : 'recovery_code'
      const verdict = await database.transaction(async (tx) => {
        await hold(tx, userId)
        const verdict = await verification.check(tx, userId, answer)
        if (verdict === 'blocked') return verdict
        const target = { kind: 'user', id: userId } as const
        await audit.record(tx, caller, {
          type: verdict === 'right' ? 'auth.step_up.success' : 'auth.step_up.failure',
          outcome: verdict === 'right' ? 'success' : 'failure',
          target,
          changes: { method },
        })
        if (verdict === 'right') {
          if (method === 'recovery_code') await noteRecoveryCode(tx, caller, userId)
          await note(tx)
        }
        return verdict
      })
      if (verdict === 'blocked') throw new AppError('too_many_requests', { retryAfterSeconds: 3600 })
      if (verdict === 'wrong') throw new AppError('invalid_code')
    },

    noteRecoveryCode,
  }

  /** The user learns by mail that a recovery code was used. */
  async function noteRecoveryCode(tx: Tx, caller: Caller, userId: string): Promise<void> {
    const { length: left } = await store.listRecoveryCodes(userId, tx)
    const target = { kind: 'user', id: userId } as const
    await audit.record(tx, caller, { type: 'factor.recovery_code_used', target, changes: { left } })
    await tell(tx, userId, `A recovery code was used, ${left} are left`)
  }
}

export type StepUp = ReturnType<typeof createStepUp>
