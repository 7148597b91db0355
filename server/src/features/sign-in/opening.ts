/** Opens a session after a right password, a passkey or a mail: a pair of tokens for programs, a cookie for browsers. */
import type { Caller } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { Tokens } from '../sessions/service.ts'
import type { Session } from '../sessions/session.ts'
import type { User } from '../users/user.ts'
import { createAnswers } from './answers.ts'
import { createEmailEntrance } from './email-entrance.ts'
import { createFirstStep } from './first-step.ts'
import { type Admission, admittedBefore, passHook } from './hook.ts'
import type {
  Account,
  Attempt,
  EmailEntrance,
  Entrance,
  SecondFactor,
  SignInNeeds,
  TypedPassword,
} from './needs.ts'
import type { SignedIn } from './shapes.ts'

/** A sign-in whose user has proven their identity. */
type ProvenSignIn = {
  /** Names the proof for the audit. */
  method: string
  sharedComputer: boolean
  /** Further work of the sign-in, while the row of the user is locked. */
  inTransaction(tx: Tx, self: Caller): Promise<void>
  /** New roles of the user. The hook gets these roles, and the user gets them if the hook allows the sign-in. */
  change?: { roles: readonly string[]; apply(): Promise<void> } | undefined
}

/** The browser that gets a cookie; null for a program, which gets tokens. */
type Browser = { sharedComputer: boolean; replaces: string | null; trusted?: string | undefined } | null

/** A user who may enter. The admission shows that the hook was asked. */
type Entering = { userId: string; browser: Browser; admission: Admission; isNewNetwork: boolean }

/** The steps that a sign-in shares with Basic. */
type Steps<Found> = {
  check(caller: Caller, typed: TypedPassword, method: 'pwd'): Promise<Found | undefined>
  succeeded(tx: Tx, self: Caller, found: Found): Promise<void>
  /** Mails the user about a program or a network that the account did not know. */
  tellNew(tx: Tx, self: Caller, userId: string): Promise<void>
  noteFailure(caller: Caller, accountId: string | undefined, reason: string): void
}

export function createOpening<Found extends { account: Account; attempt: Attempt; admission: Admission }>(
  needs: SignInNeeds,
  { check, succeeded, tellNew, noteFailure }: Steps<Found>,
) {
  const { database, users, sessions, challenges } = needs
  const answers = createAnswers(needs)
  const { beginSecondStep, endFirstStep, methodsOf, secondStepOf } = createFirstStep(needs)

  /** Opens the session in the transaction that verifies the credentials. */
  const open = async (tx: Tx, self: Caller, { userId, browser, isNewNetwork }: Entering) => {
    const user = await users.recordLogin(tx, userId)
    if (!user) throw new AppError('invalid_credentials')
    const event = { type: 'auth.login.success', target: { kind: 'user', id: userId } } as const
    const opened = await sessions.open(tx, self, { userId, events: [event], browser })
    if (opened.isNewDevice || (isNewNetwork && !opened.isFirst)) await tellNew(tx, self, userId)
    return { ...opened, user }
  }

  const askSecondFactor = async (self: Caller, found: Found, isMailed: boolean): Promise<never> => {
    const { id } = found.account
    const step = { userId: id, admission: found.admission, isMailed }
    const challenge = await endFirstStep(self, step, (tx) => succeeded(tx, self, found))
    throw await secondStepOf(id, challenge, isMailed)
  }

  const enter = async (caller: Caller, entrance: Entrance, browser: Browser) => {
    if ('passkey' in entrance) return enterWithPasskey(caller, entrance, browser)
    if (!('password' in entrance)) {
      const entered = await enterByMail(caller, entrance, browser)
      if ('opened' in entered) return entered.opened
      throw await secondStepOf(entered.userId, entered.challenge)
    }
    const found = await check(caller, { ...entrance, trusted: browser?.trusted }, 'pwd')
    if (!found) throw new AppError('invalid_credentials')
    const { id } = found.account
    const isAsked = await challenges.isRequired(id)
    const isTrusted = isAsked && (await needs.trustedBrowsers.knows(id, browser?.trusted))
    const authMethods = isTrusted ? ['pwd', 'trusted_browser'] : ['pwd']
    const self: Caller = { ...caller, kind: 'user', userId: id, authMethods }
    const isMailed = !isAsked && (await challenges.isMailed(id, 'pwd'))
    if ((isAsked && !isTrusted) || isMailed) return askSecondFactor(self, found, isMailed)
    return database.transaction(async (tx) => {
      // Locks the user first, then the password, in the same order as every other change, because different orders
      // cause deadlocks.
      const { admission, attempt } = found
      const { isNewNetwork } = attempt
      const opened = await open(tx, self, { userId: id, browser, admission, isNewNetwork })
      if (isTrusted && !(await needs.trustedBrowsers.use(tx, id, browser?.trusted)))
        throw new AppError('invalid_credentials')
      await succeeded(tx, self, found)
      await attempt.entered(tx)
      return opened
    })
  }

  const enterWithFactor = (
    caller: Caller,
    challenge: string,
    answer: SecondFactor,
    { browser, trust = false }: { browser: Browser; trust?: boolean },
  ) =>
    challenges.answer(caller, challenge, answer, async (tx, userId, authMethods) => {
      const isNewNetwork = await needs.attempts.enter(tx, userId, caller.address ?? '')
      const self: Caller = { ...caller, kind: 'user', userId, authMethods }
      const opened = await open(tx, self, { userId, browser, admission: admittedBefore, isNewNetwork })
      const isTrusting = trust && !('email_code' in answer)
      const trusted = isTrusting ? await needs.trustedBrowsers.add(tx, self, userId) : null
      return { ...opened, trusted, authMethods }
    })

  /** A passkey whose authenticator verified the user counts as two factors: there is no second step. */
  const enterWithPasskey = async (
    caller: Caller,
    { challenge, passkey }: Extract<Entrance, { passkey: unknown }>,
    browser: Browser,
  ) => {
    const signed = await needs.passkeys.identify(challenge, passkey)
    const id = signed.userId
    const result = await (async () => {
      if ('refused' in signed || id === null) return 'wrong_passkey'
      const admission = await passHook(needs.beforeSignIn(caller, id, 'passkey'), (reason) =>
        noteFailure(caller, id, reason),
      )
      return database.transaction(async (tx) => {
        const account = await users.hold(tx, id)
        if (!account || account.deleted_at !== null) return 'wrong_passkey'
        if (account.disabled_at !== null) return 'disabled_account'
        if (needs.requireVerifiedEmail && account.email_verified_at === null) return 'unverified_email'
        if (!(await signed.accept(tx))) return 'wrong_passkey'
        const isNewNetwork = await needs.attempts.enter(tx, id, caller.address ?? '')
        const self: Caller = { ...caller, kind: 'user', userId: id, authMethods: ['passkey'] }
        return open(tx, self, { userId: id, browser, admission, isNewNetwork })
      })
    })()
    if (typeof result !== 'string') return result
    noteFailure(caller, id ?? undefined, result)
    throw new AppError('invalid_credentials')
  }

  const enterByMail = (caller: Caller, entrance: EmailEntrance, browser: Browser) =>
    createEmailEntrance(needs, {
      open: (tx, self, entering) => open(tx, self, { ...entering, browser }),
      beginSecondStep,
      noteFailure,
    })(caller, entrance)

  const browserOf = (caller: Caller, sharedComputer: boolean, trusted?: string) => ({
    sharedComputer,
    trusted,
    replaces: caller.authMethods.includes('cookie') ? caller.sessionId : null,
  })
  return {
    /** @throws invalid_credentials, the same for every reason; too_many_requests; overloaded */
    async login(caller: Caller, entrance: Entrance): Promise<Tokens & { user: User }> {
      const { row, secret, user } = await enter(caller, entrance, null)
      return answers.tokensOf(caller, row, user, secret)
    },

    /**
     * Signs in a browser, which gets `secret` as a cookie. The former cookie becomes invalid: its session gets a new
     * cookie, or ends if another user signs in.
     * @param trusted the cookie of a browser that needs no second factor
     */
    async openBrowserSession(
      caller: Caller,
      entrance: Entrance,
      sharedComputer: boolean,
      trusted?: string,
    ): Promise<{ secret: string; signedIn: SignedIn<User, Session> }> {
      const browser = browserOf(caller, sharedComputer, trusted)
      return answers.signedInTo(await enter(caller, entrance, browser))
    },

    /** The second step of `login`. @throws invalid_grant, invalid_code, invalid_passkey, too_many_requests */
    async continueLogin(
      caller: Caller,
      challenge: string,
      answer: SecondFactor,
    ): Promise<Tokens & { user: User }> {
      const { row, secret, user } = await enterWithFactor(caller, challenge, answer, { browser: null })
      return answers.tokensOf(caller, row, user, secret)
    },

    /**
     * The second step of `openBrowserSession`.
     * @param trust whether to trust this browser; the result then has the secret of its cookie as `trusted`
     * @throws invalid_grant, invalid_code, invalid_passkey, too_many_requests
     */
    async continueBrowserSession(
      caller: Caller,
      challenge: string,
      answer: SecondFactor,
      { sharedComputer, trust }: { sharedComputer: boolean; trust: boolean },
    ): Promise<{ secret: string; signedIn: SignedIn<User, Session>; trusted: string | null }> {
      const browser = browserOf(caller, sharedComputer)
      const isTrusting = trust && !sharedComputer
      const opened = await enterWithFactor(caller, challenge, answer, { browser, trust: isTrusting })
      return { ...(await answers.signedInTo(opened, opened.authMethods)), trusted: opened.trusted }
    },

    /**
     * Opens a browser session for a user who proved their identity without a password. An account with a second factor
     * gets the challenge of the second step.
     * @throws invalid_credentials when the account may not be entered, denied_by_hook, dependency_unavailable
     */
    async openProven(
      caller: Caller,
      userId: string,
      { method, sharedComputer, inTransaction, change }: ProvenSignIn,
    ): Promise<{ secret: string } | { challenge: string; methods: string[] }> {
      const browser = browserOf(caller, sharedComputer)
      const self: Caller = { ...caller, kind: 'user', userId, authMethods: [method] }
      const admission = await passHook(needs.beforeSignIn(caller, userId, method, change?.roles), (reason) =>
        noteFailure(caller, userId, reason),
      )
      await change?.apply()
      const isAsked = await challenges.isRequired(userId)
      const isMailed = !isAsked && (await challenges.isMailed(userId, method))
      if (isAsked || isMailed) {
        const work = (tx: Tx) => inTransaction(tx, self)
        const challenge = await endFirstStep(self, { userId, admission, isMailed }, work)
        return { challenge, methods: await methodsOf(userId, isMailed) }
      }
      const { secret } = await database.transaction(async (tx) => {
        await users.hold(tx, userId)
        await inTransaction(tx, self)
        const isNewNetwork = await needs.attempts.enter(tx, userId, caller.address ?? '')
        return open(tx, self, { userId, browser, admission, isNewNetwork })
      })
      return { secret }
    },

    signedIn: answers.signedIn,
  }
}
