/**
 * Creates the first administrator with the link that the service prints at the start. The link works once, and only while
 * there is no administrator.
 */

import { type Caller, systemCaller } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError, isAppError } from '../../errors.ts'
import type { VersionedUser } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import type { Link, Links } from './links.ts'
import type { AccountNeeds } from './needs.ts'

export type SetupNeeds = {
  database: Database
  links: Links
  audit: AccountNeeds['audit']
  users: Pick<Users, 'hasAdmin' | 'countAdmins' | 'create'>
}

export type FirstAdmin = { username: string; email: string; password: string }

export type Setup = ReturnType<typeof createSetup>

export function createSetup({ database, links, audit, users }: SetupNeeds) {
  const target = { kind: 'system', id: null } as const

  /** Of several concurrent requests only the first passes; the others find an administrator. @throws already_set_up */
  const needNoAdmin = async (tx: Tx): Promise<void> => {
    await database.dialect.lock(tx, 'administrators')
    if ((await users.countAdmins(tx)) > 0) throw new AppError('already_set_up')
  }

  let isKnownDone = false

  return {
    /** Whether there is an administrator. The last one cannot be removed, so the answer stays true. */
    async isDone(): Promise<boolean> {
      isKnownDone ||= await users.hasAdmin()
      return isKnownDone
    },

    /**
     * A link to create the first administrator; undefined when there is one. Each replica prints its own link at the
     * start.
     */
    async createLink(): Promise<Link | undefined> {
      if (await users.hasAdmin()) return undefined
      return database.transaction(async (tx) => {
        await audit.record(tx, systemCaller, { type: 'bootstrap.token_created', target })
        return links.make(tx, 'setup', { userId: null, email: null, emailKey: null })
      })
    },

    /** @throws already_set_up, invalid_grant, and the errors of the creation of a user */
    async complete(caller: Caller, token: string, fields: FirstAdmin): Promise<VersionedUser> {
      // In this order: the commit that creates the first administrator removes the links, so a request without a link sees the administrator.
      const link = await links.find(database.read, token, 'setup')
      if (await users.hasAdmin()) throw new AppError('already_set_up')
      if (!link) throw new AppError('invalid_grant')
      const system: Caller = {
        ...caller,
        kind: 'system',
        userId: null,
        permissions: systemCaller.permissions,
      }
      const admin = { ...fields, roles: ['admin', 'user'], email_verified: true }
      const created = users.create(system, admin, {
        async first(tx) {
          await needNoAdmin(tx)
          if (!(await links.redeem(tx, token, 'setup'))) throw new AppError('invalid_grant')
          await links.revokeUnowned(tx, 'setup')
          await audit.record(tx, system, { type: 'bootstrap.token_used', target })
        },
      })
      return created.catch(async (error) => {
        // A concurrent request may have created an administrator with this name.
        if (isAppError(error) && error.status === 409 && (await users.hasAdmin()))
          throw new AppError('already_set_up')
        throw error
      })
    },
  }
}
