/** Ends a first step that needs a second one: creates the challenge and the answer. */
import type { Caller } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { Admission } from './hook.ts'
import type { SignInNeeds } from './needs.ts'

const mailedCode = ['email_code']

export function createFirstStep({
  database,
  audit,
  users,
  challenges,
  trustedBrowsers,
}: Pick<SignInNeeds, 'database' | 'audit' | 'users' | 'challenges' | 'trustedBrowsers'>) {
  const noteRequired = (tx: Tx, self: Caller, id: string): Promise<void> =>
    audit.record(tx, self, { type: 'auth.second_factor.required', target: { kind: 'user', id } })

  /** The caller contains the method of the first step. */
  const beginSecondStep = async (tx: Tx, self: Caller, id: string, _admission: Admission) => {
    await noteRequired(tx, self, id)
    return challenges.begin(tx, id, self.authMethods[0])
  }
  const beginByMail = async (tx: Tx, self: Caller, id: string) => {
    const begun = await challenges.beginByMail(tx, self, id)
    if (typeof begun === 'string') await noteRequired(tx, self, id)
    return begun
  }

  /** The methods that can answer the challenge. */
  const methodsOf = async (id: string, isMailed: boolean): Promise<string[]> =>
    isMailed ? mailedCode : challenges.methodsOf(id)

  return {
    beginSecondStep,
    methodsOf,

    /**
     * Ends the first step and begins the second one.
     * @returns its challenge
     * @throws too_many_requests after the commit, when the limit of mailed codes is reached
     */
    async endFirstStep(
      self: Caller,
      { userId, admission, isMailed }: { userId: string; admission: Admission; isMailed: boolean },
      inTransaction: (tx: Tx) => Promise<void>,
    ): Promise<string> {
      const begun = await database.transaction(async (tx) => {
        await users.hold(tx, userId)
        await inTransaction(tx)
        return isMailed ? beginByMail(tx, self, userId) : beginSecondStep(tx, self, userId, admission)
      })
      if (typeof begun === 'string') return begun
      throw new AppError('too_many_requests', { retryAfterSeconds: begun.waitSeconds })
    },

    async secondStepOf(id: string, challenge: string, isMailed = false): Promise<AppError> {
      const methods = await methodsOf(id, isMailed)
      const trusted_browser_days = isMailed ? 0 : trustedBrowsers.days
      return new AppError('second_factor_required', { members: { challenge, methods, trusted_browser_days } })
    },
  }
}
