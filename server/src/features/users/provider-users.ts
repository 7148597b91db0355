/** The functions of users that sign-ins through other identity providers call. */
import type { Caller } from '../../caller.ts'
import { systemCaller } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import { fittingUsername } from './import/user-to-import.ts'
import type { NewUser } from './user.ts'
import type { Users } from './users.ts'

export type UsersOfProviders = ReturnType<typeof usersOfProviders>

export function usersOfProviders(users: Users) {
  return {
    ...users,
    fittingUsername,
    signUp: (caller: Caller, fields: NewUser, then: (tx: Tx, userId: string) => Promise<void>) =>
      users.create(caller, fields, { provider: true, then }),
    /**
     * Changes the roles of a user by the rules of the provider; the permissions of the user who signs in do not matter.
     */
    setRoles: ({ requestId, address, userAgent }: Caller, userId: string, roles: string[]) =>
      users.patch(
        { ...systemCaller, requestId, address, userAgent },
        { id: userId, ifMatch: null, credentials: 'undecided' },
        { roles },
      ),
  }
}
