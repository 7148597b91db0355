/** Creates a user, by sign-up or by an administrator. */
import { actorId, type Caller, may } from '../../../caller.ts'
import { newId, now } from '../../../clock.ts'
import type { Tx } from '../../../database/database.ts'
import { AppError, type Fault, invalidInput } from '../../../errors.ts'
import { faultsOfRoles, givesPermission, mayGrant, mayWriteFields } from '../authority.ts'
import type { UsersNeeds } from '../needs.ts'
import type { NewUser, StoredUser, UserFields, UserRow, VersionedUser } from '../user.ts'
import { columnsOfNew, faultsOfFields, fieldDefaults, userOf, withoutBlanks } from '../user-fields.ts'
import type { Guards } from './guards.ts'
import type { UserStores } from './stores.ts'

/** How a user is created. */
export type Arrival = {
  /** Runs first in the transaction; it may throw. */
  first?: (tx: Tx) => Promise<void>
  /** Runs in the transaction after the user is written. */
  then?: (tx: Tx, userId: string) => Promise<void>
  /** The user signs up through another identity provider and will sign in with it. */
  provider?: boolean
  /** No welcome mail is sent. */
  silent?: boolean
  /** The caller tries several usernames, so this one is checked before any other work. */
  isGuess?: boolean
}

/** A checked user, with the hash of the password. */
type ReadyUser = {
  row: StoredUser
  roles: string[]
  password: { hash: string; mustChange: boolean } | undefined
}

const faultOfMissingPassword = {
  pointer: '/password',
  code: 'required',
  detail: 'Is required with must_change_password.',
}

export function createUserCreation(
  needs: UsersNeeds,
  { users: store, signUps, claims }: UserStores,
  guards: Guards,
) {
  const isSignUp = (caller: Caller, { provider = false }: Arrival) => provider || !may(caller, 'users:write')

  const faultsOfNew = async (
    caller: Caller,
    typed: Partial<NewUser>,
    arrival: Arrival = {},
  ): Promise<Fault[]> => {
    const fields = withoutBlanks({ email: null, ...typed })
    const { username, email, password } = fields
    const names = [username, email].filter((name) => name != null)
    return [
      ...faultsOfFields(fields, { by: isSignUp(caller, arrival) ? 'signup' : 'admin', email: needs.email }),
      ...(await faultsOfRoles(needs, fields.roles)),
      ...(password === undefined ? [] : needs.passwords.faultsOf(password, names)),
      ...(fields.must_change_password && password === undefined ? [faultOfMissingPassword] : []),
    ]
  }

  const mayBegin = (caller: Caller, fields: Partial<NewUser>): void => {
    if (!may(caller, 'users:write') && needs.signup === 'closed') throw new AppError('signup_closed')
    mayWriteFields(caller, fields)
  }
  const mayGive = async (caller: Caller, { roles }: Partial<NewUser>): Promise<void> => {
    if (!roles) return
    const rights = await needs.roles.permissionsByRole()
    mayGrant(rights, caller, roles)
    if (givesPermission(rights, roles)) await needs.needProof(caller, {})
  }

  const check = async (caller: Caller, fields: NewUser, arrival: Arrival) => {
    const faults = await faultsOfNew(caller, fields, arrival)
    if (faults.length > 0) throw invalidInput(faults)
    await mayGive(caller, fields)
  }

  /** Checks the rights of the caller again in the transaction. */
  const mayStill = async (tx: Tx, caller: Caller, fields: NewUser): Promise<void> => {
    const granter = await needs.roles.rightsNow(caller, tx)
    mayWriteFields(granter, fields)
    if (fields.roles) mayGrant(await needs.roles.permissionsByRole(tx), granter, fields.roles)
  }

  const countSignUp = async (tx: Tx, caller: Caller, arrival: Arrival): Promise<void> => {
    if (!isSignUp(caller, arrival)) return
    const retryAfterSeconds = await needs.countSignUp(tx, caller)
    if (retryAfterSeconds > 0)
      throw new AppError('too_many_requests', {
        detail: 'Too many accounts were created from this network.',
        retryAfterSeconds,
      })
  }

  const insert = async (caller: Caller, { row, roles, password }: ReadyUser, arrival: Arrival) => {
    const user: Omit<UserRow, 'seq'> = { ...row, roles: roles.join(' '), group_roles: '' }
    const reason = arrival.provider ? 'provider' : may(caller, 'users:write') ? 'admin' : 'self'
    await guards.claiming(row, row.id, async (tx) => {
      await arrival.first?.(tx)
      await needs.noteCreated(tx, caller, row.id)
      if (isSignUp(caller, arrival)) await claims.choose(tx, row)
      await store.insertMany(tx, [{ row, roles }])
      await claims.claim(tx, row)
      if (reason !== 'admin' && row.email !== null && row.email_verified_at == null)
        await signUps.insert(tx, {
          user_id: row.id,
          user_agent: caller.userAgent,
          created_at: row.created_at,
        })
      if (password) await needs.passwords.set(tx, row.id, password.hash, { mustChange: password.mustChange })
      await needs.audit.record(tx, caller, {
        type: 'user.created',
        reason,
        target: { kind: 'user', id: row.id },
      })
      await arrival.then?.(tx, row.id)
      // The number of mails that strangers can cause is limited.
      const greeter = arrival.provider ? { ...caller, permissions: new Set<never>() } : caller
      if (!arrival.silent)
        await needs.mail.welcome(tx, greeter, user, password !== undefined || arrival.provider === true)
    })
    needs.log.info(
      { event: 'user.created', user_id: row.id, actor_id: actorId(caller), request_id: caller.requestId },
      'user created',
    )
    return user
  }

  return {
    /** All faults of the given fields of a new user. */
    faultsOfNew,

    /** @throws signup_closed, field_not_writable, permission_not_held, reauthentication_required */
    async mayCreate(caller: Caller, fields: Partial<NewUser>): Promise<void> {
      mayBegin(caller, withoutBlanks(fields))
      await mayGive(caller, fields)
    },

    /**
     * @throws signup_closed, field_not_writable, invalid_input with every fault, permission_not_held, username_taken,
     * email_taken, external_id_taken, too_many_requests, denied_by_hook, dependency_unavailable
     */
    async create(caller: Caller, typed: NewUser, arrival: Arrival = {}): Promise<VersionedUser> {
      const fields = withoutBlanks(typed)
      mayBegin(caller, fields)
      const { password, must_change_password: mustChange = false, ...given } = fields
      const wanted: UserFields = { ...fieldDefaults, roles: [...fieldDefaults.roles], ...given }
      await check(caller, fields, arrival)
      const id = newId()
      const columns = columnsOfNew(wanted, now(), id)
      const signsUp = isSignUp(caller, arrival)
      // The unique index decides whether the names are free. This look-up only avoids needless hashing and calls of the
      // hook.
      if (signsUp || password !== undefined || arrival.isGuess) await guards.refuseTaken(columns, '')
      if (signsUp) {
        await claims.refuseLookalike({ id: '', username_key: columns.username_key })
        await needs.beforeSignUp(caller, given, arrival.provider ? 'provider' : 'self')
      }
      const hash = password === undefined ? undefined : await needs.passwords.hash(password)
      const ready = {
        roles: [...new Set(wanted.roles)].sort(),
        password: hash === undefined ? undefined : { hash, mustChange },
      }
      const at = now()
      const row = {
        id,
        version: 1,
        created_at: at,
        updated_at: at,
        last_login_at: null,
        deleted_at: null,
        ...columns,
      }
      const user = await insert(
        caller,
        { row, ...ready },
        {
          ...arrival,
          async first(tx) {
            await mayStill(tx, caller, fields)
            await countSignUp(tx, caller, arrival)
            await arrival.first?.(tx)
          },
        },
      )
      return { user: userOf(user), version: user.version }
    },
  }
}
