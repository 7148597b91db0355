/** Compares codes with the factors of an account. Every try of a six-digit code counts, wherever it is made. */
import { fromNow, now, nowMs } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { recoveryCodeHash } from './recovery-codes.ts'
import { contextOf } from './service.ts'
import type { FactorStore, TotpRow } from './store.ts'
import { matchingStep } from './totp.ts'

export type CodeAnswer = { totp: string } | { recovery_code: string }

/** Wrong codes of an account within an hour, whatever they were for. */
const failuresPerHour = 10

export type Verification = ReturnType<typeof createVerification>

type Needs = {
  open(sealed: string, context: string): string
  /** Tells the user by mail. */
  tell(tx: Tx, userId: string, what: string): Promise<void>
}

export function createVerification({ open, tell }: Needs, store: FactorStore) {
  const isBlocked = ({ failures, failures_until }: TotpRow) =>
    failures >= failuresPerHour && failures_until !== null && failures_until > now()

  const fits = async (
    tx: Tx,
    userId: string,
    totp: TotpRow | undefined,
    answer: CodeAnswer,
  ): Promise<boolean> => {
    if ('recovery_code' in answer)
      return store.useRecoveryCode(tx, userId, recoveryCodeHash(userId, answer.recovery_code))
    if (totp === undefined) return false
    const secret = Buffer.from(open(totp.secret, contextOf(userId)), 'base64url')
    const step = matchingStep(secret, answer.totp, nowMs())
    return step !== null && store.useStep(tx, userId, step)
  }

  const countFailure = async (tx: Tx, totp: TotpRow): Promise<void> => {
    const isFirst = totp.failures_until === null || totp.failures_until <= now()
    const failures = isFirst ? 1 : totp.failures + 1
    await store.updateTotp(tx, totp.user_id, {
      failures,
      failures_until: isFirst ? fromNow(3600) : totp.failures_until,
    })
    if (failures === failuresPerHour)
      await tell(
        tx,
        totp.user_id,
        `${failuresPerHour} wrong codes were typed, and codes are refused for up to an hour`,
      )
  }

  return {
    /**
     * Uses a code up when it fits, and counts it when it does not. The transaction holds the user and must be committed
     * in every case.
     */
    async check(tx: Tx, userId: string, answer: CodeAnswer): Promise<'right' | 'wrong' | 'blocked'> {
      const found = await store.findTotpForChange(tx, userId)
      const totp = found && found.confirmed_at !== null ? found : undefined
      if (totp && isBlocked(totp)) return 'blocked'
      if (await fits(tx, userId, totp, answer)) return 'right'
      if (totp) await countFailure(tx, totp)
      return 'wrong'
    },
  }
}
