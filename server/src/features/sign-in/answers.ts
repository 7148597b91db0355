/** The answers to a complete sign-in: tokens for a program, or the user and their rights for a browser. */
import { type Caller, inOrder } from '../../caller.ts'
import { AppError } from '../../errors.ts'
import type { Session, SessionRow } from '../sessions/session.ts'
import type { User } from '../users/user.ts'
import type { SignInNeeds } from './needs.ts'
import type { SignedIn } from './shapes.ts'

type Answer = SignedIn<User, Session>

/** A session that was just opened, with its refresh token or cookie. */
export type OpenedSession = { user: User; row: SessionRow; secret: string }

type Needs = Pick<
  SignInNeeds,
  'users' | 'sessions' | 'policy' | 'passwords' | 'permissionsOf' | 'rolesHeldBy'
>

export function createAnswers({ users, sessions, policy, passwords, permissionsOf, rolesHeldBy }: Needs) {
  /** The user of a session that was opened with a mailed code need not add a factor. */
  const stateOf = async ({ enrolBy }: Caller, userId: string) => {
    const state = await policy.stateOf(userId, await rolesHeldBy(userId))
    return enrolBy === null && state.overdue ? { ...state, due_at: null, overdue: false } : state
  }

  const tokensOf = async (caller: Caller, row: SessionRow, user: User, secret: string) => {
    const self: Caller = { ...caller, kind: 'user', userId: user.id }
    const tokens = await sessions.tokensOf(self, row, await rolesHeldBy(user.id), secret)
    return { ...tokens, user }
  }
  const signedInTo = async ({ user, row, secret }: OpenedSession, authMethods: readonly string[] = []) => {
    const roles = await rolesHeldBy(user.id)
    const second_factor = await policy.stateOf(user.id, roles, authMethods)
    const permissions = inOrder([...(await permissionsOf(roles))])
    const must_change_password = await passwords.mustChange(user.id)
    const session = sessions.describe(row)
    const impersonator = null
    return {
      secret,
      signedIn: { user, permissions, second_factor, must_change_password, session, impersonator },
    }
  }

  return {
    tokensOf,
    signedInTo,

    /** @throws not_found for an API key or a machine, which have no session */
    async signedIn(caller: Caller): Promise<Answer> {
      if (caller.kind !== 'user' || caller.userId === null)
        throw new AppError('not_found', { detail: 'A program has no session.' })
      const [{ user }, session, second_factor, must_change_password] = await Promise.all([
        users.get(caller.userId),
        sessions.current(caller),
        stateOf(caller, caller.userId),
        passwords.mustChange(caller.userId),
      ])
      const permissions = inOrder([...caller.permissions])
      const known = { user, permissions, second_factor, session }
      if (!caller.impersonator) return { ...known, must_change_password, impersonator: null }
      // Only the user can replace the password.
      const { user: acting } = await users.get(caller.impersonator.userId)
      const impersonator = { id: acting.id, username: acting.username }
      return { ...known, must_change_password: false, impersonator }
    },
  }
}
