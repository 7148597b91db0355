/** Changes and resets of passwords, and verification and changes of addresses, with links in mails. */
import { type Caller, isSelf, supporting } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import { AppError, invalidInput, passwordMissing } from '../../errors.ts'
import type { UserRow } from '../users/user.ts'
import { createAddresses } from './addresses.ts'
import { asOwner, createChanges } from './changes.ts'
import type { LinkOptions } from './email-sign-in/service.ts'
import type { Purpose } from './links.ts'
import type { AccountNeeds } from './needs.ts'
import { createOperator } from './operator.ts'
import type { AccountRequest, NotedRequest } from './requests/requests.ts'
import { createSignUpLinks } from './sign-up-links.ts'

type PasswordChange = {
  /** The password that the user has now. */
  current: string | undefined
  password: string
  keepApiKeys?: boolean | undefined
}

export type AccountService = ReturnType<typeof createAccount>

const passwordLinks: readonly Purpose[] = ['reset_password', 'invitation']

export function createAccount(needs: AccountNeeds) {
  const { database, links, mail, requests, emailSignIns, audit, passwords, users, access } = needs
  const changes = createChanges(needs)
  const { handOutPassword } = createOperator(needs)
  const { redeem, checkPassword, setPassword, claimAddress } = changes

  const findActive = async (email: string): Promise<UserRow | undefined> => {
    const user = email.includes('@') ? await users.findByName(email) : undefined
    return user && user.disabled_at === null ? user : undefined
  }

  const refuseToken = async (caller: Caller): Promise<never> => {
    await database.transaction((tx) =>
      audit.record(tx, caller, {
        type: 'password.reset_invalid_token',
        outcome: 'failure',
        reason: 'invalid_grant',
      }),
    )
    throw new AppError('invalid_grant')
  }

  /** Stores a request, with the same work for every address, with or without an account. */
  const note = async (
    kind: AccountRequest['kind'],
    caller: Caller,
    email: string,
    signIn?: NonNullable<AccountRequest['signIn']>,
  ): Promise<void> => {
    const key = users.canonicalName(email)
    const own = caller.kind === 'user' && caller.userId !== null ? await users.find(caller.userId) : undefined
    const isOwner = own?.email_key === key
    await database.transaction(async (tx) => {
      if (!(await needs.budgets.mayAsk(tx, caller, { kind, emailKey: key, isOwner }))) return
      if (signIn) await emailSignIns.begin(tx, signIn.challenge)
      await requests.note(tx, { kind, email, caller, isOwner, ...(signIn && { signIn }) })
    })
  }

  return {
    ...createAddresses(needs, changes),
    ...createSignUpLinks(needs, changes),

    /** Sends a link for a new password if the account exists. The answer does not reveal whether it does. */
    forgotPassword: (caller: Caller, email: string) => note('reset', caller, email),

    /**
     * Sends a sign-in mail if the account exists. The result does not reveal whether it does.
     * @returns the challenge, which the client sends with the code or token
     * @throws forbidden unless `ROSTER_EMAIL_LINK` is set
     */
    async askEmailSignIn(caller: Caller, email: string, options: LinkOptions): Promise<string> {
      if (!needs.emailLink) throw new AppError('forbidden', { detail: 'Signing in by mail is off here.' })
      const challenge = emailSignIns.newChallenge()
      await note('sign_in', caller, email, { challenge, ...options })
      return challenge
    },

    /**
     * Marks the address as verified in the transaction of a sign-in by mail. A stranger may have created an account with
     * an unproven address, so its password, sessions, API keys, factors and linked accounts end, unless
     * `ROSTER_VERIFY_WITHOUT_PASSWORD` is set.
     * @returns whether they ended
     */
    async claimByMail(tx: Tx, self: Caller, userId: string): Promise<boolean> {
      const user = await users.findForChange(tx, userId)
      if (!user || user.email_verified_at !== null) return false
      await claimAddress(tx, self, user)
      if (needs.verifyWithoutPassword) return false
      await changes.endAccess(tx, self, userId)
      await links.revokeAll(tx, userId)
      return true
    },

    /** Processes all requests or none, each once, even if several replicas try. */
    async fulfil(noted: readonly NotedRequest[]): Promise<void> {
      const found = await Promise.all(noted.map(({ email }) => findActive(email)))
      await database.transaction(async (tx) => {
        for (const [index, { id, kind, caller, email, isOwner, signIn }] of noted.entries()) {
          if (!(await requests.take(tx, id))) continue
          const user = found[index]
          const key = users.canonicalName(email)
          if (
            !isOwner &&
            !(await needs.budgets.mayFulfil(tx, caller, { kind, emailKey: key, userId: user?.id }))
          )
            continue
          if (signIn) await mail.offerSignIn(tx, caller, user, await emailSignIns.fill(tx, signIn, user))
          else if (kind === 'reset') await mail.offerReset(tx, caller, user)
          else await mail.offerVerification(tx, caller, user?.email_verified_at === null ? user : undefined)
        }
      })
    },

    /**
     * Sets the password with the link of a mail. All sessions and API keys end. The address becomes verified, because the
     * user read the link there.
     * @throws invalid_grant, invalid_input (the link remains valid), overloaded
     */
    async resetPassword(caller: Caller, token: string, password: string): Promise<void> {
      const found = await links.find(database.read, token, ...passwordLinks)
      const owner = found?.userId ? await users.find(found.userId) : undefined
      if (!owner) return refuseToken(caller)
      checkPassword(password, owner)
      const hash = await passwords.hash(password)
      await database.transaction(async (tx) => {
        const { link, user } = await redeem(tx, token, ...passwordLinks)
        // The address may have changed since the mail was sent. The reader of the old address must not reset the
        // password.
        if (link.emailKey !== user.email_key) throw new AppError('invalid_grant')
        const self = asOwner(caller, user)
        await setPassword(tx, self, user, { hash, isResetByMail: link.purpose === 'reset_password' })
        // The address was unproven until now, so a stranger may have added the factors.
        if (user.email_verified_at === null) await access.removeFactors(tx, user.id)
        await claimAddress(tx, self, user)
        const names = [user.username_key, user.email_key, user.id]
        await needs.attempts.forgive(tx, user.id, names, caller.address ?? '')
        await mail.passwordChanged(tx, user)
        await audit.record(tx, self, {
          type: 'password.reset_completed',
          target: { kind: 'user', id: user.id },
        })
      })
    },

    /**
     * Changes the caller's own password. The other sessions end, and the API keys unless they are kept. For another user
     * see `handOutPassword`.
     * @throws forbidden, not_found, permission_not_held, reauthentication_required, invalid_credentials, invalid_input,
     * too_many_requests
     */
    async changePassword(
      caller: Caller,
      userId: string,
      { current, password, keepApiKeys = false }: PasswordChange,
    ): Promise<void> {
      if (!isSelf(caller, userId)) return handOutPassword(caller, userId, password)
      if (current === undefined) throw passwordMissing()
      const before = await users.find(userId)
      if (!before) throw new AppError('not_found')
      checkPassword(password, before)
      if (password === current && (await passwords.mustChange(userId)))
        throw invalidInput([
          {
            pointer: '/password',
            code: 'same_password',
            detail: 'Choose a password that differs from the current one.',
          },
        ])
      const stillConfirmed = await passwords.confirm(caller, userId, current)
      const hash = await passwords.hash(password)
      await database.transaction(async (tx) => {
        const user = await users.findForChange(tx, userId)
        if (!user || user.deleted_at !== null) throw new AppError('not_found')
        await stillConfirmed(tx)
        // The former password proved only access to the mailbox, so the new password proves no more.
        const isResetByMail = await passwords.wasResetByMail(userId, tx)
        const keptSession = caller.sessionId
        await setPassword(tx, caller, user, { hash, keptSession, keepApiKeys, isResetByMail })
        await mail.passwordChanged(tx, user)
        await audit.record(tx, caller, { type: 'password.changed', target: { kind: 'user', id: userId } })
      })
    },

    /** Ends all sessions of a user, and their API keys unless they are kept. @throws not_found, permission_not_held, reauthentication_required */
    async endSessions(
      caller: Caller,
      userId: string,
      { keepApiKeys }: { keepApiKeys: boolean },
    ): Promise<void> {
      await needs.mayEndAccess(caller, userId, supporting)
      await database.transaction(async (tx) => {
        if (!(await users.findForChange(tx, userId))) throw new AppError('not_found')
        await access.endSessions(tx, caller, { userId, reason: 'revoked' })
        if (!keepApiKeys) await access.revokeApiKeys(tx, caller, userId, 'sessions_ended')
      })
    },

    /**
     * Sends a user a link to set a password, for an administrator.
     * @throws not_found, permission_not_held, reauthentication_required
     */
    async sendPasswordLink(caller: Caller, userId: string): Promise<void> {
      const user = await users.mayManage(caller, userId, supporting)
      if (await users.holdsPermissions(userId)) await needs.needProof(caller)
      const hasPassword = await passwords.has(userId)
      await database.transaction((tx) => mail.sendPasswordLink(tx, caller, user, { hasPassword }))
    },

    /** Sends the verification link again: for the address of the caller, or for the given one if it is unverified. */
    async resendVerification(caller: Caller, email: string | undefined): Promise<void> {
      const own = email === undefined && caller.userId !== null ? await users.find(caller.userId) : undefined
      if (email === undefined && own?.email === null) throw new AppError('no_email_address')
      const typed = email ?? own?.email ?? undefined
      if (typed === undefined)
        throw invalidInput([{ pointer: '/email', code: 'required', detail: 'Give the address, or sign in.' }])
      await note('verification', caller, typed)
    },
  }
}
