/** The first administrator: made with a link that the first start prints, once, and only while there is none. */
import { type Caller, systemCaller } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError, isAppError } from '../../errors.ts'
import type { Link, Links } from './links.ts'
import type { AccountNeeds } from './needs.ts'

export type SetupNeeds<User> = {
  database: Database
  links: Links
  audit: AccountNeeds['audit']
  users: {
    hasAdmin(): Promise<boolean>
    countAdmins(tx: Tx): Promise<number>
    create(
      caller: Caller,
      fields: { username: string; email: string; password: string; roles: string[]; email_verified: boolean },
      arrival: { first(tx: Tx): Promise<void> },
    ): Promise<User>
  }
}

export type FirstAdmin = { username: string; email: string; password: string }

export function createSetup<User>({ database, links, audit, users }: SetupNeeds<User>) {
  const target = { kind: 'system', id: null } as const

  /** Of all who try at once the first one stays here; the others find an administrator. @throws already_set_up */
  const needNoAdmin = async (tx: Tx): Promise<void> => {
    await database.dialect.lock(tx, 'administrators')
    if ((await users.countAdmins(tx)) > 0) throw new AppError('already_set_up')
  }

  let isKnownDone = false

  return {
    /** Whether there is an administrator. Once there is one, one always stays. */
    async isDone(): Promise<boolean> {
      isKnownDone ||= await users.hasAdmin()
      return isKnownDone
    },

    /** A link for the first administrator, or undefined when there is one. Each replica that starts prints its own. */
    async createLink(): Promise<Link | undefined> {
      if (await users.hasAdmin()) return undefined
      return database.transaction(async (tx) => {
        await audit.record(tx, systemCaller, { type: 'bootstrap.token_created', target })
        return links.make(tx, 'setup', { userId: null, email: null, emailKey: null })
      })
    },

    /** @throws already_set_up, invalid_grant, and what the creation of a user throws */
    async complete(caller: Caller, token: string, fields: FirstAdmin): Promise<User> {
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
        // The name that is taken may be that of the administrator who was quicker.
        if (isAppError(error) && error.status === 409 && (await users.hasAdmin()))
          throw new AppError('already_set_up')
        throw error
      })
    },
  }
}
