/** A new user: a sign-up, or made by an administrator. */
import { type Caller, may } from '../../caller.ts'
import { newId, now } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { AppError, type Fault, invalidInput } from '../../errors.ts'
import { faultsOfRoles, givesPermission, mayGrant, mayWriteFields } from './authority.ts'
import type { Guards } from './guards.ts'
import type { UsersNeeds } from './needs.ts'
import type { NewUserRow, UserStore } from './store.ts'
import {
  fieldDefaults,
  type NewUser,
  type UserFields,
  type UserRow,
  userOf,
  type VersionedUser,
} from './user.ts'
import { columnsOf, faultsOfFields } from './user-fields.ts'

export function createUserCreation(needs: UsersNeeds, store: UserStore, guards: Guards) {
  const faultsOfNew = async (caller: Caller, fields: Partial<NewUser>): Promise<Fault[]> => {
    const { username, email, password } = fields
    const names = [username, email].filter((name) => name !== undefined)
    return [
      ...faultsOfFields(fields, may(caller, 'users:write') ? 'admin' : 'signup'),
      ...(await faultsOfRoles(needs, fields.roles)),
      ...(password === undefined ? [] : needs.passwords.faultsOf(password, names)),
    ]
  }

  const check = async (caller: Caller, fields: NewUser) => {
    const faults = await faultsOfNew(caller, fields)
    if (faults.length > 0) throw invalidInput(faults)
    if (!fields.roles) return
    const rights = await needs.roles.permissionsByRole()
    mayGrant(rights, caller, fields.roles)
    if (givesPermission(rights, fields.roles)) await needs.needProof(caller, {})
  }

  /** Checks once more, in the transaction, what the caller may give. */
  const mayStill = async (tx: Tx, caller: Caller, fields: NewUser): Promise<void> => {
    const granter = await needs.roles.rightsNow(caller, tx)
    mayWriteFields(granter, fields)
    if (fields.roles) mayGrant(await needs.roles.permissionsByRole(tx), granter, fields.roles)
  }

  const countSignUp = async (tx: Tx, caller: Caller): Promise<void> => {
    if (may(caller, 'users:write')) return
    const retryAfterSeconds = await needs.countSignUp(tx, caller)
    if (retryAfterSeconds > 0)
      throw new AppError('too_many_requests', {
        detail: 'Too many accounts were created from this network.',
        retryAfterSeconds,
      })
  }

  const insert = async (
    caller: Caller,
    row: NewUserRow,
    roles: string[],
    hash: string | undefined,
    first: (tx: Tx) => Promise<void>,
  ) => {
    const user: UserRow = { ...(row as UserRow), roles: roles.join(' '), group_roles: '' }
    const reason = may(caller, 'users:write') ? 'admin' : 'self'
    await guards.claiming(row, row.id, async (tx) => {
      await first(tx)
      await needs.noteCreated(tx, caller, row.id)
      await store.insert(tx, row, roles)
      if (hash !== undefined) await needs.passwords.set(tx, row.id, hash)
      await needs.audit.record(tx, caller, {
        type: 'user.created',
        reason,
        target: { kind: 'user', id: row.id },
      })
      await needs.mail.welcome(tx, caller, user, hash !== undefined)
    })
    needs.log.info(
      { event: 'user.created', user_id: row.id, actor_id: caller.userId, request_id: caller.requestId },
      'user created',
    )
    return user
  }

  return {
    /** Every fault of the fields of a new user that are given. */
    faultsOfNew,

    /**
     * `first` runs at the start of the transaction and may refuse it.
     * @throws signup_closed, field_not_writable, invalid_input with every fault, permission_not_held, username_taken,
     * email_taken, external_id_taken, too_many_requests
     */
    async create(
      caller: Caller,
      fields: NewUser,
      first: (tx: Tx) => Promise<void> = async () => {},
    ): Promise<VersionedUser> {
      if (!may(caller, 'users:write') && needs.signup === 'closed') throw new AppError('signup_closed')
      mayWriteFields(caller, fields)
      const { password, ...given } = fields
      const wanted: UserFields = { ...fieldDefaults, roles: [...fieldDefaults.roles], ...given }
      await check(caller, fields)
      const columns = columnsOf(wanted, now())
      // The unique index decides in the end; looking first only saves hashing a password for nothing.
      await guards.refuseTaken(columns as NewUserRow, '')
      if (!may(caller, 'users:write')) await guards.refuseLookalike(columns.username_key as string, '')
      const hash = password === undefined ? undefined : await needs.passwords.hash(password)
      const at = now()
      const row = {
        id: newId(),
        version: 1,
        created_at: at,
        updated_at: at,
        last_login_at: null,
        deleted_at: null,
        ...columns,
      }
      const user = await insert(
        caller,
        row as NewUserRow,
        [...new Set(wanted.roles)].sort(),
        hash,
        async (tx) => {
          await mayStill(tx, caller, fields)
          await countSignUp(tx, caller)
          await first(tx)
        },
      )
      return { user: userOf(user), version: user.version }
    },
  }
}
