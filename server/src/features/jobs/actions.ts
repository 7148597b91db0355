/** The action of a job on one user: the same as a single request, with the same rights and errors. */

import { type Caller, isSelf } from '../../caller.ts'
import type { Database } from '../../database/database.ts'
import { isAppError } from '../../errors.ts'
import type { AccountMail } from '../account/account-mail.ts'
import type { AccountService } from '../account/service.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import type { Kind } from './job.ts'

export type JobUser = Pick<User, 'id' | 'status' | 'email_verified' | 'roles'>

export type ActionNeeds = {
  database: Database
  users: Pick<Users, 'get' | 'patch' | 'delete' | 'restore' | 'mayManage' | 'findForChange'>
  endSessions: AccountService['endSessions']
  mail: Pick<AccountMail, 'offerVerification'>
}

type Target = { kind: Kind; role: string | null }

/** Whether the user is already in the target state of the job. */
export function isAsWanted({ kind, role }: Target, user: JobUser): boolean {
  if (kind === 'disable') return user.status === 'disabled'
  if (kind === 'enable') return user.status === 'active'
  if (kind === 'send_verification') return user.email_verified
  if (kind === 'add_role') return user.roles.includes(role ?? '')
  if (kind === 'remove_role') return !user.roles.includes(role ?? '')
  return false
}

/** Kinds of jobs that leave out the caller's own account. */
const notToOneself: ReadonlySet<Kind> = new Set(['disable', 'delete', 'remove_role', 'end_sessions'])

export function createActions({ database, users, endSessions, mail }: ActionNeeds) {
  /** Roles are a list, so the change is based on the version from which the list was computed. */
  const changeRoles = async (caller: Caller, id: string, target: Target): Promise<void> => {
    for (let turn = 0; ; turn += 1) {
      const { user, version } = await users.get(id)
      if (isAsWanted(target, user)) return
      const others = user.roles.filter((role) => role !== target.role)
      const roles = target.kind === 'add_role' ? [...others, target.role] : others
      try {
        await users.patch(caller, { id, ifMatch: [version] }, { roles })
        return
      } catch (error) {
        if (!isAppError(error) || error.code !== 'precondition_failed' || turn === 2) throw error
      }
    }
  }

  const sendVerification = async (caller: Caller, id: string): Promise<void> => {
    await users.mayManage(caller, id)
    await database.transaction(async (tx) => {
      const account = await users.findForChange(tx, id)
      if (account) await mail.offerVerification(tx, caller, account)
    })
  }

  const run = async (caller: Caller, id: string, target: Target): Promise<void> => {
    const { kind } = target
    if (kind === 'disable') await users.patch(caller, { id, ifMatch: null }, { status: 'disabled' })
    else if (kind === 'enable') await users.patch(caller, { id, ifMatch: null }, { status: 'active' })
    else if (kind === 'delete') await users.delete(caller, id, null, undefined)
    else if (kind === 'restore') await users.restore(caller, id)
    else if (kind === 'end_sessions') await endSessions(caller, id, { keepApiKeys: true })
    else if (kind === 'send_verification') await sendVerification(caller, id)
    else await changeRoles(caller, id, target)
  }

  /** @returns null, or the code of the error @throws when the database does not answer */
  return async (caller: Caller, id: string, target: Target): Promise<string | null> => {
    if (notToOneself.has(target.kind) && isSelf(caller, id)) return 'own_account'
    try {
      await run(caller, id, target)
      return null
    } catch (error) {
      if (!isAppError(error) || error.status >= 500) throw error
      return error.code
    }
  }
}
