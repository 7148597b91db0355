/** Compares codes with the factors of an account. Every attempt with a six-digit code counts, for all purposes. */

import { fromNow, now, nowMs } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import type { Sealing } from '../../encoding/sealed-json.ts'
import { AppError } from '../../errors.ts'
import type { Phrase } from '../../mail/phrases.ts'
import { recoveryCodeHash } from './recovery-codes.ts'
import type { FactorStore, TotpRow } from './store.ts'
import { contextOf, matchingStep, minutesBehind } from './totp.ts'

export type CodeAnswer = { totp: string } | { recovery_code: string }

/** A refusal is thrown after the commit, so that the count is stored. A refused answer was not compared. */
export type Verdict = { kind: 'right' } | { kind: 'wrong' | 'refused'; refusal: AppError }

/** The limit of wrong codes of an app within an hour, for all purposes. */
const wrongPerHour = 10
/**
 * The limit of wrong codes of an app in a row: with at most three valid codes at a time, the chance to guess one is 300
 * in a million.
 */
const wrongInRow = 100

export type Verification = ReturnType<typeof createVerification>

type Needs = Pick<Sealing, 'open'> & {
  /** Mails the user. */
  tell(tx: Tx, userId: string, what: Phrase): Promise<void>
}

export function createVerification({ open, tell }: Needs, store: FactorStore) {
  const countWrong = async (tx: Tx, totp: TotpRow): Promise<void> => {
    const isFirst = totp.failures_until === null || totp.failures_until <= now()
    const failures = isFirst ? 1 : totp.failures + 1
    const inRow = totp.wrong_in_row + 1
    await store.updateTotp(tx, totp.user_id, {
      failures,
      failures_until: isFirst ? fromNow(3600) : totp.failures_until,
      wrong_in_row: inRow,
    })
    if (inRow === wrongInRow) await tell(tx, totp.user_id, { key: 'app_locked', count: wrongInRow })
    else if (failures === wrongPerHour)
      await tell(tx, totp.user_id, { key: 'codes_refused', count: wrongPerHour })
  }

  const checkRecoveryCode = async (tx: Tx, userId: string, code: string): Promise<Verdict> => {
    if (await store.useRecoveryCode(tx, userId, recoveryCodeHash(userId, code))) {
      await store.forgetWrongCodes(tx, userId)
      return { kind: 'right' }
    }
    const detail = 'The recovery code is not valid, or it was used before.'
    return { kind: 'wrong', refusal: new AppError('invalid_code', { detail }) }
  }

  const checkTotp = async (tx: Tx, userId: string, code: string): Promise<Verdict> => {
    const totp = await store.findTotpForChange(tx, userId)
    if (!totp || totp.confirmed_at === null) return { kind: 'wrong', refusal: new AppError('invalid_code') }
    const refusal = refusalOf(totp)
    if (refusal) return { kind: 'refused', refusal }
    const secret = Buffer.from(open(totp.secret, contextOf(userId)), 'base64url')
    const step = matchingStep(secret, code, nowMs())
    if (step !== null && (await store.useStep(tx, userId, step))) return { kind: 'right' }
    await countWrong(tx, totp)
    // A past code never becomes valid again, so this information does not help an attacker. Information about a future
    // code would help.
    const age = step === null ? (minutesBehind(secret, code, nowMs()) ?? 0) : 0
    return { kind: 'wrong', refusal: age > 0 ? oldCode(age) : new AppError('invalid_code') }
  }

  return {
    /**
     * Uses up a code that matches, and counts a wrong code. The transaction must have locked the user, and must be
     * committed in every case.
     */
    check: (tx: Tx, userId: string, answer: CodeAnswer): Promise<Verdict> =>
      'totp' in answer
        ? checkTotp(tx, userId, answer.totp)
        : checkRecoveryCode(tx, userId, answer.recovery_code),
  }
}

/** Whether codes of the app are refused after too many wrong ones. */
export function isLocked({ wrong_in_row }: Pick<TotpRow, 'wrong_in_row'>): boolean {
  return wrong_in_row >= wrongInRow
}

function refusalOf(totp: TotpRow): AppError | undefined {
  if (isLocked(totp))
    return new AppError('invalid_code', {
      detail: `After ${wrongInRow} wrong codes in a row the app is refused until you sign in with a recovery code or a passkey.`,
    })
  const { failures, failures_until } = totp
  if (failures < wrongPerHour || failures_until === null || failures_until <= now()) return undefined
  const seconds = Math.ceil((Date.parse(failures_until) - nowMs()) / 1000)
  return new AppError('too_many_requests', { retryAfterSeconds: seconds })
}

/** The refusal of a code that was valid some minutes ago: typed too late, or from a slow clock. */
export function oldCode(minutes: number): AppError {
  return new AppError('invalid_code', {
    detail: `The code is ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} old. Type the one that the app shows now, and check that the clock of the device is right.`,
    members: { clock_minutes_behind: minutes },
  })
}
