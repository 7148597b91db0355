/**
 * The mails about an account. Each is queued in the transaction of the change that it reports. `mail-budgets.ts` limits
 * the mails that strangers can cause.
 */

import type { AuditLog } from '../../audit-events.ts'
import { type Caller, systemCaller } from '../../caller.ts'
import { fromNow, now } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { MessageData, MessageName } from '../../mail/messages.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { Phrase } from '../../mail/phrases.ts'
import type { FloodCounts } from '../audit/floods.ts'
import { deviceOf } from './device.ts'
import type { SignInMail } from './email-sign-in/service.ts'
import type { Link, Links, Purpose } from './links.ts'
import type { MailBudgets } from './mail-budgets.ts'

export type Account = {
  id: string
  username: string
  email: string | null
  email_key: string
  email_verified_at: string | null
  locale: string | null
}

type RequestType = 'password.reset_requested' | 'email.verify_sent' | 'auth.email_link.requested'
type Urgency = 'link' | 'notice' | 'greeting'

export type AccountMailNeeds = {
  links: Links
  outbox: Pick<Outbox, 'queue'>
  audit: AuditLog
  count: FloodCounts['count']
  budgets: MailBudgets
  /** The address for mail servers, with its domain in ASCII. */
  deliverable(email: string): string
  findUser(tx: Tx, userId: string): Promise<Account | undefined>
}

type Content = {
  data: MessageData
  expiresAt: string
  urgency: Urgency
  /** The address of the account by default. */
  to?: string | undefined
}

/** A notice expires after a day. */
const noticeSeconds = 24 * 3600

export type AccountMail = ReturnType<typeof createAccountMail>

export function createAccountMail(needs: AccountMailNeeds) {
  const { links, outbox, audit, budgets, deliverable, findUser } = needs
  const queue = (
    tx: Tx,
    template: MessageName,
    account: Account | undefined,
    { data, expiresAt, urgency, to = account && addressOf(account) }: Content,
  ) =>
    outbox.queue(tx, {
      template,
      to: to === undefined ? null : { address: deliverable(to) },
      data: { username: account?.username ?? '', ...data },
      locale: account?.locale ?? null,
      expiresAt,
      urgency,
      userId: account?.id ?? null,
    })

  const queueLink = (
    tx: Tx,
    template: MessageName,
    account: Account | undefined,
    { link, validity, expiresAt, to, urgency = 'link' }: Link & { to?: string; urgency?: Urgency },
  ) => queue(tx, template, account, { data: { link, validity }, expiresAt, urgency, to })

  const linkTo = (
    tx: Tx,
    purpose: Purpose,
    account: Account | undefined,
    options: { keepOlder?: boolean } = {},
  ) => {
    const { id: userId = null, email = null, email_key: emailKey = null } = account ?? {}
    return links.make(tx, purpose, { userId, email, emailKey }, options)
  }
  /** Earlier links stay valid. */
  const resetLinkTo = (tx: Tx, account: Account | undefined) =>
    linkTo(tx, 'reset_password', account, { keepOlder: true })

  /** A user without an address gets no mail. */
  const mayTell = async (tx: Tx, template: MessageName, account: Account): Promise<boolean> =>
    account.email !== null &&
    budgets.mayTell(tx, template, account.email_key, account.email_verified_at !== null)

  const notice = async (
    tx: Tx,
    template: MessageName,
    account: Account,
    data: MessageData = {},
  ): Promise<void> => {
    if (!(await mayTell(tx, template, account))) return
    await queue(tx, template, account, { data, expiresAt: fromNow(noticeSeconds), urgency: 'notice' })
  }

  /** Mails the user what happened, and when. */
  const inform = async (tx: Tx, userId: string, template: MessageName, data: MessageData): Promise<void> => {
    const account = await findUser(tx, userId)
    if (account) await notice(tx, template, account, { ...data, at: shown(now()) })
  }

  const greet = async (
    tx: Tx,
    caller: Caller,
    account: Account,
    purpose: 'verify_email' | 'invitation',
  ): Promise<void> => {
    if (account.email === null || !(await budgets.mayGreet(tx, caller, account.email_key))) return
    const isInvitation = purpose === 'invitation'
    const template = isInvitation ? 'invitation' : 'verify-email'
    const link = await linkTo(tx, purpose, account)
    await queueLink(tx, template, account, { ...link, urgency: 'greeting' })
    await audit.record(tx, systemCaller, {
      type: isInvitation ? 'password.invitation_sent' : 'email.verify_sent',
      target: { kind: 'user', id: account.id },
    })
  }

  /** Requests about unknown addresses are only counted. */
  const note = async (
    tx: Tx,
    caller: Caller,
    type: RequestType,
    account: Account | undefined,
  ): Promise<void> => {
    if (account) await audit.record(tx, caller, { type, target: { kind: 'user', id: account.id } })
    else needs.count({ type, outcome: 'denied', reason: 'no_account' })
  }

  const emailChanged = (tx: Tx, before: Account) => notice(tx, 'email-changed', before, { at: shown(now()) })

  return {
    /** The first mail to a new user, with a link to verify the address, or to choose a password if there is none. */
    async welcome(tx: Tx, caller: Caller, account: Account, hasPassword: boolean): Promise<void> {
      if (!hasPassword) return greet(tx, caller, account, 'invitation')
      if (account.email_verified_at === null) await greet(tx, caller, account, 'verify_email')
    },

    /**
     * Mails a confirmation link to the new address and a notice to the old one.
     * @throws too_many_requests when the new address got too many mails
     */
    async confirmEmail(tx: Tx, account: Account, email: string, emailKey: string): Promise<void> {
      const waitSeconds = await budgets.mayConfirm(tx, account.id, emailKey)
      if (waitSeconds > 0) throw new AppError('too_many_requests', { retryAfterSeconds: waitSeconds })
      const link = await links.make(tx, 'change_email', { userId: account.id, email, emailKey })
      await queueLink(tx, 'confirm-email', account, { ...link, to: email })
      await notice(tx, 'email-change-requested', account)
    },

    /** Mails a notice to the replaced address. */
    emailChanged,

    /**
     * After an administrator replaced the address: mails a notice to the old one and a verification link to the new one.
     */
    async emailReplaced(tx: Tx, caller: Caller, before: Account, after: Account): Promise<void> {
      await emailChanged(tx, before)
      if (after.email_verified_at === null) await greet(tx, caller, after, 'verify_email')
    },

    /**
     * A link for a new password. For an unknown address, or an account that may not sign in, a mail without a recipient
     * causes the same work.
     */
    async offerReset(tx: Tx, caller: Caller, account: Account | undefined): Promise<void> {
      await queueLink(tx, 'reset-password', account, await resetLinkTo(tx, account))
      await note(tx, caller, 'password.reset_requested', account)
    },

    /**
     * Mails the link that verifies an address. A verified address is treated like an unknown one. @throws
     * no_email_address
     */
    async offerVerification(tx: Tx, caller: Caller, account: Account | undefined): Promise<void> {
      const link = await linkTo(tx, 'verify_email', account, { keepOlder: true })
      await queueLink(tx, 'verify-email', account, link)
      await note(tx, caller, 'email.verify_sent', account)
    },

    /** Mails the code and the link to sign in. An unknown address causes the same work. */
    async offerSignIn(
      tx: Tx,
      caller: Caller,
      account: Account | undefined,
      { code, link, validity, expiresAt }: SignInMail,
    ): Promise<void> {
      await queue(tx, 'sign-in', account, { data: { code, link, validity }, expiresAt, urgency: 'link' })
      await note(tx, caller, 'auth.email_link.requested', account)
    },

    async secondStepCode(tx: Tx, userId: string, mail: Omit<SignInMail, 'link'>): Promise<void> {
      const { expiresAt, ...data } = mail
      await queue(tx, 'second-step', await findUser(tx, userId), { data, expiresAt, urgency: 'link' })
    },

    /** The mail of an administrator with a link for a new password, or for the first one. @throws no_email_address */
    async sendPasswordLink(
      tx: Tx,
      caller: Caller,
      account: Account,
      { hasPassword }: { hasPassword: boolean },
    ): Promise<void> {
      const link = await linkTo(tx, hasPassword ? 'reset_password' : 'invitation', account)
      await queueLink(tx, hasPassword ? 'reset-password' : 'invitation', account, link)
      const type = hasPassword ? 'password.reset_requested' : 'password.invitation_sent'
      await audit.record(tx, caller, { type, target: { kind: 'user', id: account.id } })
    },

    /** Sent to the former address of the account. */
    async usernameChanged(tx: Tx, account: Account, username: string): Promise<void> {
      await notice(tx, 'username-changed', account, { at: shown(now()), change: username })
    },

    passwordChanged: (tx: Tx, account: Account) =>
      notice(tx, 'password-changed', account, { at: shown(now()) }),

    /** The password was switched off after too many wrong ones. The mail has a link for a new one. */
    async passwordDisabled(tx: Tx, userId: string): Promise<void> {
      const account = await findUser(tx, userId)
      if (!account || !(await mayTell(tx, 'password-disabled', account))) return
      await queueLink(tx, 'password-disabled', account, await resetLinkTo(tx, account))
    },

    /** The user signed in with a breached password, or was refused because of it and gets a link for a new one. */
    async passwordBreached(tx: Tx, userId: string, { isRefused }: { isRefused: boolean }): Promise<void> {
      const account = await findUser(tx, userId)
      if (!account || account.email === null) return
      if (!isRefused) {
        if (await budgets.mayWarn(tx, account.email_key))
          await notice(tx, 'password-breached', account, { at: shown(now()) })
        return
      }
      if (!(await mayTell(tx, 'password-breached-refused', account))) return
      await queueLink(tx, 'password-breached-refused', account, await resetLinkTo(tx, account))
    },

    apiKeyCreated: (tx: Tx, userId: string, key: string) => inform(tx, userId, 'api-key-created', { key }),

    applicationPermissions: (tx: Tx, userId: string, application: string, permissions: string) =>
      inform(tx, userId, 'application-permissions', { application, permissions }),

    factorsChanged: (tx: Tx, userId: string, change: Phrase) =>
      inform(tx, userId, 'factors-changed', { change }),

    identitiesChanged: (tx: Tx, userId: string, change: Phrase) =>
      inform(tx, userId, 'identities-changed', { change }),

    /** @param webhook its host @param reason what follows `because` */
    webhookDisabled: (tx: Tx, userId: string, webhook: string, reason: Phrase) =>
      inform(tx, userId, 'webhook-disabled', { webhook, reason }),

    /** An administrator acts as the user. */
    impersonated: (tx: Tx, userId: string) => inform(tx, userId, 'impersonated', {}),

    newDevice: (tx: Tx, userId: string, userAgent: string | null) =>
      inform(tx, userId, 'new-device', { device: deviceOf(userAgent) }),
  }
}

/** @throws no_email_address when the user has no address */
function addressOf({ email }: Account): string {
  if (email === null) throw new AppError('no_email_address')
  return email
}

/** A time as readers see it: `2026-11-23 03:04 UTC`. */
function shown(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`
}
