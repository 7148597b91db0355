/** The session that a right password opens: a pair of tokens for programs, a cookie for browsers. */
import { type Caller, inOrder, type Permission } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { Account, SignInNeeds, Tokens } from './needs.ts'

/** Who is signed in, and what they may do. */
export type SignedIn<User, Session> = { user: User; permissions: Permission[]; session: Session | null }

export function createOpening<
  Found extends { account: Account },
  User extends { roles: string[] },
  Row,
  Session,
>(
  needs: Pick<
    SignInNeeds<User, Row, Session>,
    'database' | 'audit' | 'users' | 'sessions' | 'permissionsOf' | 'mail'
  >,
  check: (caller: Caller, typed: string, password: string) => Promise<Found | undefined>,
  succeeded: (tx: Tx, self: Caller, found: Found) => Promise<void>,
) {
  const { database, audit, users, sessions } = needs

  const enter = async (
    caller: Caller,
    typed: string,
    password: string,
    browser: { sharedComputer: boolean; replaces: string | null } | null,
  ) => {
    const found = await check(caller, typed, password)
    if (!found) throw new AppError('invalid_credentials')
    const { id } = found.account
    const self: Caller = { ...caller, kind: 'user', userId: id, authMethods: ['pwd'] }
    return database.transaction(async (tx) => {
      // The user first, then the password, as all that changes them does: transactions that lock in different orders
      // wait for each other.
      const user = await users.recordLogin(tx, id)
      if (!user) throw new AppError('invalid_credentials')
      await succeeded(tx, self, found)
      const event = { type: 'auth.login.success', target: { kind: 'user', id } } as const
      const opened = await sessions.open(tx, self, id, ['pwd'], [event], browser)
      if (browser?.replaces) await sessions.replaceIn(tx, self, browser.replaces)
      if (opened.isNewDevice) {
        await audit.record(tx, self, { type: 'auth.new_device', target: { kind: 'user', id } })
        await needs.mail.newDevice(tx, id, caller.userAgent)
      }
      return { ...opened, user }
    })
  }

  return {
    /** @throws invalid_credentials, the same for every reason; too_many_requests; overloaded */
    async login(caller: Caller, typed: string, password: string): Promise<Tokens & { user: User }> {
      const { row, secret, user } = await enter(caller, typed, password, null)
      return { ...(await sessions.tokensOf(row, user.roles, secret)), user }
    },

    /**
     * The same for a browser, which gets `secret` as a cookie. A session that it had before ends, so that no value of
     * the cookie from before the sign-in is good afterwards.
     */
    async openBrowserSession(
      caller: Caller,
      typed: string,
      password: string,
      sharedComputer: boolean,
    ): Promise<{ secret: string; signedIn: SignedIn<User, Session> }> {
      const replaces = caller.authMethods.includes('cookie') ? caller.sessionId : null
      const { row, secret, user } = await enter(caller, typed, password, { sharedComputer, replaces })
      if (replaces) sessions.forgetOne(replaces)
      const permissions = inOrder([...(await needs.permissionsOf(user.roles))])
      return { secret, signedIn: { user, permissions, session: sessions.describe(row) } }
    },

    /** @throws not_found for an API key, which no person signed in with */
    async signedIn(caller: Caller): Promise<SignedIn<User, Session>> {
      if (caller.kind !== 'user' || caller.userId === null)
        throw new AppError('not_found', { detail: 'An API key has no session.' })
      const [{ user }, session] = await Promise.all([users.get(caller.userId), sessions.current(caller)])
      return { user, permissions: inOrder([...caller.permissions]), session }
    },
  }
}
