/** Creates accounts for users who sign up through a provider. */

import { type Caller, systemCaller } from '../../caller.ts'
import { jitter } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { isAppError } from '../../errors.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import type { UsersOfProviders } from '../users/provider-users.ts'
import type { Claims } from './upstream/claims.ts'

type NewUser = {
  username: string
  email: string | null
  email_verified: boolean
  first_name?: string
  last_name?: string
  roles: string[]
}
export type NewcomersNeeds = {
  users: Pick<UsersOfProviders, 'fittingUsername' | 'signUp'>
  roles: Pick<RoleLookup, 'unknownAmong'>
}

type Newcomer = {
  claims: Claims
  /** Whether the provider is trusted to verify the address. */
  isProven: boolean
  roles: readonly string[]
}

/** `taken`: an account has the address. `refused`: the address is not valid. */
export type Created = { userId: string } | 'taken' | 'refused'

const attempts = 5

export function createNewcomers({ users, roles }: NewcomersNeeds) {
  return async (
    caller: Caller,
    { claims, isProven, roles: given }: Newcomer,
    inTransaction: (tx: Tx, userId: string) => Promise<void>,
  ): Promise<Created> => {
    const base = users.fittingUsername(claims.username ?? claims.email?.split('@')[0] ?? '')
    const unknown = await roles.unknownAmong(given)
    const names: Pick<NewUser, 'first_name' | 'last_name'> = {
      ...(claims.firstName !== undefined && { first_name: claims.firstName }),
      ...(claims.lastName !== undefined && { last_name: claims.lastName }),
    }
    const self: Caller = {
      ...systemCaller,
      requestId: caller.requestId,
      address: caller.address,
      userAgent: caller.userAgent,
    }
    let shown = names
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const username = attempt === 0 ? base : `${base.slice(0, 50)}-${Math.floor(jitter() * 1_000_000)}`
      const fields = {
        username,
        email: claims.email ?? null,
        email_verified: isProven,
        roles: ['user', ...given.filter((role) => role !== 'user' && !unknown.includes(role))],
        ...shown,
      }
      try {
        return { userId: (await users.signUp(self, fields, inTransaction)).user.id }
      } catch (error) {
        if (!isAppError(error)) throw error
        if (error.code === 'email_taken') return 'taken'
        const pointers = (error.errors ?? []).map(({ pointer }) => pointer)
        if (error.code === 'invalid_input' && pointers.includes('/email')) return 'refused'
        // Names that are not valid are left out.
        if (error.code === 'invalid_input' && shown !== nothing && pointers.some(isName)) shown = nothing
        else if (error.code !== 'username_taken' && !pointers.includes('/username')) throw error
      }
    }
    return 'refused'
  }
}

const nothing = {}
const isName = (pointer: string) => pointer === '/first_name' || pointer === '/last_name'
