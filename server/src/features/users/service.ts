/** The life of a user: create, read, change, delete, restore, erase. */
import { type Caller, isSelf, may, need } from '../../caller.ts'
import { newId, now } from '../../clock.ts'
import { duplicateIndex, type Tx } from '../../database/database.ts'
import { AppError, type Fault, invalidInput } from '../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../if-match.ts'
import { faultsOfRoles, mayChange, mayGrant, mayWriteFields } from './authority.ts'
import { checkEmail } from './email.ts'
import { mergePatch } from './merge-patch.ts'
import type { UsersNeeds } from './needs.ts'
import type { NewUserRow, UserStore } from './store.ts'
import {
  fieldDefaults,
  type Metadata,
  type NewUser,
  rolesOf,
  type User,
  type UserChanges,
  type UserFields,
  type UserRow,
  userOf,
} from './user.ts'
import { changedColumns, columnsOf, faultsOfFields, type UserColumns } from './user-fields.ts'

export type Versioned = { user: User; version: number }

export function createUserService(needs: UsersNeeds, store: UserStore) {
  const { database, log } = needs

  const getRow = async (id: string) => {
    const row = await store.find(id)
    if (!row) throw new AppError('not_found')
    return row
  }

  /** Runs a write; when a unique index refuses it, says whose name is taken. */
  const naming = async <T>(
    names: Parameters<UserStore['findTaken']>[0],
    id: string,
    write: (tx: Tx) => Promise<T>,
  ): Promise<T> => {
    try {
      return await database.transaction(write)
    } catch (error) {
      if (!duplicateIndex(error)?.startsWith('users_')) throw error
      const taken = await store.findTaken(names, id)
      if (taken.username) throw new AppError('username_taken')
      if (taken.email) throw new AppError('email_taken')
      if (taken.external_id) throw new AppError('external_id_taken')
      throw new AppError('already_exists', { detail: 'Somebody was quicker; try again.', cause: error })
    }
  }

  /** Refuses a change after which nobody could administer. Call it at the end of the transaction. */
  const keepAnAdmin = async (tx: Tx, row: UserRow) => {
    if (!rolesOf(row).includes('admin') || row.disabled_at !== null || row.deleted_at !== null) return
    await database.dialect.lock(tx, 'administrators')
    if ((await store.countAdmins(tx)) === 0) throw new AppError('last_admin')
  }

  const create = async (caller: Caller, fields: NewUser): Promise<Versioned> => {
    const isAdmin = may(caller, 'users:write')
    if (!isAdmin && needs.signup === 'closed') throw new AppError('signup_closed')
    mayWriteFields(caller, fields)
    const { password, ...rest } = fields
    const wanted: UserFields = { ...fieldDefaults, roles: [...fieldDefaults.roles], ...rest }
    const faults: Fault[] = [
      ...faultsOfFields(wanted, isAdmin ? 'admin' : 'signup'),
      ...(await faultsOfRoles(needs, fields.roles)),
      ...(password === undefined ? [] : needs.passwords.faultsOf(password, [wanted.username, wanted.email])),
    ]
    if (faults.length > 0) throw invalidInput(faults)
    if (fields.roles) await mayGrant(needs, caller, fields.roles)
    const columns = columnsOf(wanted, now())
    const taken = await store.findTaken(columns as NewUserRow, '')
    // A clash is learnt from the index in the end; looking first only saves hashing a password for nothing.
    if (taken.username) throw new AppError('username_taken')
    if (taken.email) throw new AppError('email_taken')
    if (taken.external_id) throw new AppError('external_id_taken')
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
    } as NewUserRow
    const roles = [...new Set(wanted.roles)].sort()
    await naming(row, row.id, async (tx) => {
      await store.insert(tx, row, roles)
      if (hash !== undefined) await needs.passwords.set(tx, row.id, hash)
      await needs.audit.record(tx, caller, {
        type: 'user.created',
        reason: isAdmin ? 'admin' : 'self',
        target: { kind: 'user', id: row.id },
      })
      await needs.mail.welcome(tx, { ...(row as UserRow), roles: roles.join(' ') }, hash !== undefined)
    })
    log.info(
      { event: 'user.created', user_id: row.id, actor_id: caller.userId, request_id: caller.requestId },
      'user created',
    )
    return { user: userOf({ ...(row as UserRow), roles: roles.join(' ') }), version: 1 }
  }

  /** Writes the fields over the row as it is in the transaction. `fieldsOf` sees that row. */
  const change = async (
    caller: Caller,
    id: string,
    ifMatch: IfMatch,
    fieldsOf: (current: UserRow) => UserChanges,
  ): Promise<Versioned> => {
    const before = await getRow(id)
    await mayChange(needs, caller, before, 'users:write')
    checkIfMatch(ifMatch, before.version)
    const isAdmin = may(caller, 'users:write')
    const { current_password: password, ...fields } = fieldsOf(before)
    mayWriteFields(caller, fields)
    const faults = [
      ...faultsOfFields(fields, isAdmin ? 'admin' : 'signup', before),
      ...(await faultsOfRoles(needs, fields.roles)),
    ]
    if (faults.length > 0) throw invalidInput(faults)
    await mayGrant(
      needs,
      caller,
      (fields.roles ?? []).filter((role) => !rolesOf(before).includes(role)),
    )
    const wantsEmail =
      fields.email !== undefined && !isAdmin && fields.email !== before.email ? fields.email : undefined
    if (wantsEmail !== undefined) await needs.passwords.confirm(caller, id, password)

    const names = {
      username_key: '',
      email_key: '',
      external_id: null,
      ...columnsOf(fields, now(), before),
    } as NewUserRow
    const { row, changed } = await naming(names, id, async (tx) => {
      const current = await store.findForChange(tx, id)
      if (!current || current.deleted_at !== null) throw new AppError('not_found')
      checkIfMatch(ifMatch, current.version)
      const { current_password: _, ...wanted } = fieldsOf(current)
      if (wantsEmail !== undefined) delete wanted.email
      return write(tx, caller, current, wanted, wantsEmail)
    })
    if (changed.length > 0) {
      needs.access.forget(id)
      log.info(
        {
          event: 'user.updated',
          user_id: id,
          actor_id: caller.userId,
          request_id: caller.requestId,
          fields: changed,
        },
        'user changed',
      )
    }
    return { user: userOf(row), version: row.version }
  }

  const write = async (
    tx: Tx,
    caller: Caller,
    current: UserRow,
    wanted: Partial<UserFields>,
    wantsEmail: string | undefined,
  ) => {
    const columns = columnsOf(wanted, now(), current)
    const changed: string[] = changedColumns(current, columns).filter(
      (name) => !name.endsWith('_key') && name !== 'search_text',
    )
    const roles = wanted.roles && [...new Set(wanted.roles)].sort()
    const newRoles = roles !== undefined && roles.join(' ') !== current.roles ? roles : undefined
    if (newRoles) changed.push('roles')
    if (wantsEmail !== undefined) {
      const check = checkEmail(wantsEmail)
      if (check.ok) await needs.mail.confirmEmail(tx, current, wantsEmail, check.key)
      await needs.audit.record(tx, caller, {
        type: 'email.change_requested',
        target: { kind: 'user', id: current.id },
      })
    }
    if (changed.length === 0) return { row: current, changed }
    const row: UserRow = {
      ...current,
      ...(columns as Partial<UserRow>),
      version: current.version + 1,
      updated_at: now(),
    }
    if (newRoles) {
      row.roles = newRoles.join(' ')
      await store.setRoles(tx, current.id, newRoles)
    }
    await store.update(tx, current, { ...columns, version: row.version, updated_at: row.updated_at })
    if (newRoles || columns.disabled_at) await keepAnAdmin(tx, current)
    await recordChange(tx, caller, current, row, changed)
    return { row, changed }
  }

  const recordChange = async (
    tx: Tx,
    caller: Caller,
    before: UserRow,
    after: UserRow,
    changed: readonly string[],
  ) => {
    const target = { kind: 'user', id: before.id } as const
    if (changed.includes('disabled_at')) {
      const disabled = after.disabled_at !== null
      await needs.audit.record(tx, caller, { type: disabled ? 'user.disabled' : 'user.enabled', target })
      if (disabled) await needs.access.end(tx, caller, before.id, 'disabled')
    }
    if (changed.includes('email')) await needs.access.end(tx, caller, before.id, 'email_changed')
    if (changed.includes('roles')) {
      const [had, has] = [rolesOf(before), rolesOf(after)]
      const assigned = has.filter((role) => !had.includes(role))
      const removed = had.filter((role) => !has.includes(role))
      if (assigned.length > 0)
        await needs.audit.record(tx, caller, { type: 'role.assigned', target, changes: { roles: assigned } })
      if (removed.length > 0)
        await needs.audit.record(tx, caller, { type: 'role.removed', target, changes: { roles: removed } })
    }
    await needs.audit.record(tx, caller, { type: 'user.updated', target, changes: { fields: [...changed] } })
  }

  return {
    create,

    /** The caller's right to see the user is the route's business: self, or `users:read`. @throws not_found */
    async get(id: string): Promise<Versioned> {
      const row = await getRow(id)
      return { user: userOf(row), version: row.version }
    },

    /** What is left out goes back to its default. */
    replace: (
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      fields: NewUser & { current_password?: string },
    ) =>
      change(caller, id, ifMatch, () =>
        may(caller, 'users:write')
          ? { ...fieldDefaults, roles: [...fieldDefaults.roles], ...fields }
          : { first_name: null, last_name: null, ...fields },
      ),

    /** A merge patch: null puts a field back to its default, `metadata` is merged. */
    patch: (caller: Caller, id: string, ifMatch: IfMatch, patch: Record<string, unknown>) =>
      change(caller, id, ifMatch, (current) => {
        const fields: Record<string, unknown> = { ...patch }
        for (const [name, value] of Object.entries(patch)) {
          if (value === null && name in fieldDefaults)
            fields[name] = fieldDefaults[name as keyof typeof fieldDefaults]
        }
        if (patch['metadata'])
          fields['metadata'] = mergePatch(JSON.parse(current.metadata), patch['metadata']) as Metadata
        return fields as UserChanges
      }),

    /** To the recycle bin. A user who deletes themselves confirms it with the password. */
    async delete(caller: Caller, id: string, ifMatch: IfMatch, password: string | undefined): Promise<void> {
      const before = await getRow(id)
      await mayChange(needs, caller, before, 'users:delete')
      checkIfMatch(ifMatch, before.version)
      if (isSelf(caller, id) && !may(caller, 'users:delete'))
        await needs.passwords.confirm(caller, id, password)
      await database.transaction(async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current || current.deleted_at !== null) throw new AppError('not_found')
        checkIfMatch(ifMatch, current.version)
        await store.update(tx, current, { deleted_at: now(), version: current.version + 1 })
        await keepAnAdmin(tx, current)
        await needs.access.end(tx, caller, id, 'deleted')
        await needs.audit.record(tx, caller, { type: 'user.deleted', target: { kind: 'user', id } })
      })
      needs.access.forget(id)
      log.info(
        { event: 'user.deleted', user_id: id, actor_id: caller.userId, request_id: caller.requestId },
        'user deleted',
      )
    },

    /** Out of the recycle bin. @throws username_taken, email_taken, external_id_taken when the name has a new owner */
    async restore(caller: Caller, id: string): Promise<Versioned> {
      const before = await store.findEvenDeleted(id)
      if (!before || before.deleted_at === null) throw new AppError('not_found')
      await mayChange(needs, caller, before, 'users:delete')
      const row = await naming(before, id, async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current || current.deleted_at === null) throw new AppError('not_found')
        const restored: UserColumns = { deleted_at: null, version: current.version + 1, updated_at: now() }
        await store.update(tx, current, restored)
        await needs.audit.record(tx, caller, { type: 'user.restored', target: { kind: 'user', id } })
        return { ...current, ...(restored as Partial<UserRow>) }
      })
      log.info(
        { event: 'user.restored', user_id: id, actor_id: caller.userId, request_id: caller.requestId },
        'user restored',
      )
      return { user: userOf(row), version: row.version }
    },

    /** Erases a user, deleted or not, for good; the audit keeps that something happened. */
    async purge(caller: Caller, id: string, ifMatch: IfMatch): Promise<void> {
      need(caller, 'users:delete')
      const before = await store.findEvenDeleted(id)
      if (!before) throw new AppError('not_found')
      await mayChange(needs, caller, before, 'users:delete')
      await database.transaction(async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current) throw new AppError('not_found')
        checkIfMatch(ifMatch, current.version)
        await store.delete(tx, current)
        await keepAnAdmin(tx, current)
        await needs.audit.erase(tx, id)
        await needs.audit.record(tx, caller, { type: 'user.erased', target: { kind: 'user', id } })
      })
      needs.access.forget(id)
      log.info(
        { event: 'user.erased', user_id: id, actor_id: caller.userId, request_id: caller.requestId },
        'user erased',
      )
    },
  }
}

export type UserService = ReturnType<typeof createUserService>
