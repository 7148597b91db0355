/**
 * Limits the mails that strangers can cause. Each caller has a budget for each address, and cannot use up the budget of
 * another caller. An inbox and a network have larger budgets in total. An inbox is counted without plus tags and dots.
 */

import { type Caller, may } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import type { Attempts } from '../attempts/service.ts'

type Limit = { name: string; free: number; windowSeconds: number; wait: 'rest of the window' }

export type BudgetNeeds = Pick<Attempts, 'use' | 'giveBack' | 'useOfNetwork' | 'knows'> & {
  /** The network of an address. */
  networkOf(address: string): string
  /** The address without plus tag and dots: the inbox that all its variants share. */
  inboxOf(email: string): string
}

const limit = (name: string, free: number, windowSeconds: number): Limit => ({
  name,
  free,
  windowSeconds,
  wait: 'rest of the window',
})
const quarter = limit('mail-quarter', 3, 15 * 60)
const day = limit('mail-day', 10, 24 * 3600)
const inboxQuarter = limit('inbox-quarter', 9, 15 * 60)
const inboxDay = limit('inbox-day', 30, 24 * 3600)
const networkHour = limit('mail-network-hour', 60, 3600)
const networkDay = limit('mail-network-day', 300, 24 * 3600)
const warningMonth = limit('warning-month', 1, 30 * 24 * 3600)
const noticeDay = limit('notice-day', 10, 24 * 3600)
const greetingDay = limit('greeting-day', 5, 24 * 3600)
const wrongCodesHour = limit('second-step-hour', 10, 3600)
const wrongCodesDay = limit('mail-code-day', 10, 24 * 3600)

export type Kind = 'reset' | 'verification' | 'sign_in' | 'second_step'

/** A request for a mail. `isOwner`: the caller is signed in to the account with the address. */
type Asked = { kind: Kind; emailKey: string; isOwner: boolean }
/** The mail for a request, to the user with the address, if there is one. */
type Fulfilled = { kind: Kind; emailKey: string; userId: string | undefined }

export type MailBudgets = ReturnType<typeof createMailBudgets>

export function createMailBudgets({ use, giveBack, useOfNetwork, knows, networkOf, inboxOf }: BudgetNeeds) {
  const asks = async (tx: Tx, caller: Caller, { kind, emailKey, isOwner }: Asked): Promise<number> => {
    const who = isOwner ? `owner ${caller.userId}` : networkOf(caller.address ?? '')
    const wait = await use(tx, [quarter, kind, emailKey, who], [day, kind, emailKey, who])
    if (wait > 0 || isOwner) return wait
    return useOfNetwork(tx, caller.address ?? '', networkHour, networkDay)
  }
  const fulfils = async (tx: Tx, caller: Caller, { kind, emailKey, userId }: Fulfilled): Promise<number> => {
    if (userId !== undefined && (await knows(tx, userId, caller.address ?? ''))) return 0
    const inbox = inboxOf(emailKey)
    return use(tx, [inboxQuarter, kind, inbox], [inboxDay, kind, inbox])
  }

  return {
    /**
     * A notice about an account: limited for each kind and day. An unproven address may belong to another person, so all
     * accounts with an unproven address in one inbox share a low limit.
     */
    async mayTell(tx: Tx, template: string, emailKey: string, isProven: boolean): Promise<boolean> {
      const own = [day, template, emailKey] as const
      return (await (isProven ? use(tx, own) : use(tx, own, [noticeDay, inboxOf(emailKey)]))) === 0
    },

    /** Wrong codes of sign-ins by mail. Anyone can request a challenge and guess, so each account has a daily limit. */
    mayTryCode: async (tx: Tx, subject: string): Promise<boolean> =>
      (await use(tx, [wrongCodesDay, subject])) === 0,

    codeWasRight: (tx: Tx, subject: string): Promise<void> => giveBack(tx, wrongCodesDay, subject),

    /** A warning that remains true until the user acts. */
    mayWarn: async (tx: Tx, emailKey: string): Promise<boolean> =>
      (await use(tx, [warningMonth, emailKey])) === 0,

    /** The first mail to a new user. Strangers can sign up with the address of another person. */
    mayGreet: async (tx: Tx, caller: Caller, emailKey: string): Promise<boolean> =>
      (await (may(caller, 'users:write')
        ? use(tx, [day, 'welcome', emailKey])
        : use(tx, [greetingDay, inboxOf(emailKey)]))) === 0,

    /**
     * A request for a link, counted before the account is looked up. The signed-in owner of the address has a separate
     * budget.
     */
    mayAsk: async (tx: Tx, caller: Caller, asked: Asked): Promise<boolean> =>
      (await asks(tx, caller, asked)) === 0,

    /** Counted when the request is processed, against the limit of all strangers together. */
    mayFulfil: async (tx: Tx, caller: Caller, fulfilled: Fulfilled): Promise<boolean> =>
      (await fulfils(tx, caller, fulfilled)) === 0,

    /**
     * The code of a second step, after a right password. The limits are those of a request for a link.
     * @returns the seconds to wait
     */
    async mayMailSecondStep(tx: Tx, caller: Caller, emailKey: string, userId: string): Promise<number> {
      const mail = { kind: 'second_step', emailKey } as const
      const wait = await asks(tx, caller, { ...mail, isOwner: false })
      return wait > 0 ? wait : fulfils(tx, caller, { ...mail, userId })
    },

    /** Wrong codes of second steps, for all challenges of an account together. @returns the seconds to wait */
    mayTrySecondStep: (tx: Tx, userId: string): Promise<number> => use(tx, [wrongCodesHour, userId]),

    secondStepWasRight: (tx: Tx, userId: string): Promise<void> => giveBack(tx, wrongCodesHour, userId),

    /** A request to confirm a new address. @returns the seconds to wait */
    mayConfirm: (tx: Tx, userId: string, emailKey: string): Promise<number> =>
      use(
        tx,
        [quarter, 'confirm', emailKey, userId],
        [day, 'confirm', userId],
        [inboxQuarter, 'confirm', inboxOf(emailKey)],
        [inboxDay, 'confirm', inboxOf(emailKey)],
      ),
  }
}
