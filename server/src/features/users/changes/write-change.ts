/** Applies a change to an existing user: the row, the roles, and the side effects of the change. */
import type { EventType } from '../../../audit-events.ts'
import type { Caller } from '../../../caller.ts'
import { now } from '../../../clock.ts'
import type { Tx } from '../../../database/database.ts'
import type { UsersNeeds } from '../needs.ts'
import type { Credentials } from '../sign-ups/unproven.ts'
import { rolesOf, type UserFields, type UserRow } from '../user.ts'
import { changedColumns, columnsOf, type UserColumns } from '../user-fields.ts'
import type { Guards } from './guards.ts'
import type { UserStores } from './stores.ts'

/** The difference between the wanted fields and the row. */
export type Difference = {
  columns: UserColumns
  /** All roles of the user, if they differ. */
  roles: string[] | undefined
  /** The hash of a new password. */
  hash: string | undefined
  /** The names of the changed fields in the API. */
  changed: string[]
  /** The owner of the address takes over the account, so its password, sessions, links and API keys are removed. */
  isReclaimed?: boolean
  /** The caller gives an unproven account more rights and has decided whether its credentials are kept. */
  credentials?: Credentials | undefined
}

/**
 * The reason for the change. Audit events name an import as the reason. An import sends mails only about changed
 * addresses and usernames, and an import without mails sends none.
 */
export type Occasion = 'request' | 'import' | 'import without mails'

/** A change of a row that the transaction has locked. */
type Edit = { current: UserRow; difference: Difference; occasion?: Occasion }
type Written = { before: UserRow; after: UserRow; difference: Difference; occasion: Occasion }

export type ChangeWriter = ReturnType<typeof createChangeWriter>

export function createChangeWriter(
  needs: UsersNeeds,
  { users: store, signUps, claims }: UserStores,
  guards: Guards,
) {
  /** Whether the user can no longer sign in, because sign-ins require a verified address. */
  const losesVerification = (before: UserRow, after: UserRow): boolean =>
    needs.requireVerifiedEmail && before.email_verified_at !== null && after.email_verified_at === null

  /** The side effects of a change: ended sessions, mails and audit events. */
  const follow = async (
    tx: Tx,
    caller: Caller,
    { before, after, difference, occasion }: Written,
  ): Promise<void> => {
    const { changed, isReclaimed = false, credentials } = difference
    const origin = occasion === 'request' ? {} : { reason: 'import' }
    const record = (type: EventType, changes?: Record<string, unknown>) =>
      needs.audit.record(tx, caller, {
        type,
        ...origin,
        target: { kind: 'user', id: before.id },
        ...(changes ? { changes } : {}),
      })
    if (changed.includes('status')) {
      const isDisabled = after.disabled_at !== null
      await record(isDisabled ? 'user.disabled' : 'user.enabled')
      if (isDisabled && !isReclaimed) await needs.access.end(tx, caller, before.id, 'disabled')
    }
    if ((changed.includes('email') || losesVerification(before, after)) && !isReclaimed)
      await needs.access.end(tx, caller, before.id, 'email_changed')
    if (before.email_key !== after.email_key && occasion !== 'import without mails') {
      await needs.mail.emailReplaced(tx, caller, before, after)
      // The verification mail to the address already informs the user.
      if (occasion === 'import' && after.email_verified_at !== null) await needs.mail.emailChanged(tx, after)
    }
    if (before.username_key !== after.username_key && occasion !== 'import without mails')
      await needs.mail.usernameChanged(tx, before, after.username)
    if (changed.includes('password')) {
      if (!isReclaimed) await needs.access.end(tx, caller, before.id, 'password_changed')
      await record('password.changed')
    }
    const [had, has] = [rolesOf(before), rolesOf(after)]
    const assigned = has.filter((role) => !had.includes(role))
    const removed = had.filter((role) => !has.includes(role))
    if (assigned.length > 0) await record('role.assigned', { roles: assigned })
    if (removed.length > 0) await record('role.removed', { roles: removed })
    await record('user.updated', { fields: changed, ...(credentials && { credentials }) })
  }

  return {
    /** Gives the user a new version after another feature changed data about the user. */
    async touch(tx: Tx, caller: Caller, current: UserRow): Promise<UserRow> {
      const row = { ...current, version: current.version + 1, updated_at: now() }
      await store.update(tx, current, { version: row.version, updated_at: row.updated_at })
      await needs.audit.record(tx, caller, {
        type: 'user.updated',
        target: { kind: 'user', id: current.id },
        changes: { fields: ['scim'] },
      })
      return row
    },

    /**
     * Writes the difference and its side effects. @returns the new row
     * @throws last_admin when no administrator would remain
     */
    async writeChange(
      tx: Tx,
      caller: Caller,
      { current, difference, occasion = 'request' }: Edit,
    ): Promise<UserRow> {
      if (difference.changed.length === 0) return current
      const { columns, roles, hash } = difference
      const row = rowAfter(current, difference)
      if (roles) await store.setRoles(tx, current.id, roles)
      if (difference.isReclaimed) {
        await needs.access.reclaim(tx, caller, current.id)
        await needs.passwords.remove(tx, current.id)
      }
      if (hash !== undefined) await needs.passwords.takeOver(tx, current.id, hash)
      await store.update(tx, current, { ...columns, version: row.version, updated_at: row.updated_at })
      if (row.username_key !== current.username_key) {
        await claims.leave(tx, current)
        await claims.claim(tx, row)
      }
      if (difference.credentials || difference.isReclaimed || columns.email_verified_at)
        await signUps.delete(tx, current.id)
      const isDisabled = row.disabled_at !== current.disabled_at
      if (roles || difference.isReclaimed || isDisabled || losesVerification(current, row))
        await guards.keepAnAdmin(tx, current)
      await follow(tx, caller, { before: current, after: row, difference, occasion })
      if (difference.credentials === 'reset')
        await needs.mail.sendPasswordLink(tx, caller, row, { hasPassword: false })
      return row
    },
  }
}

/** The owner of the address takes over the account. This counts as a change even if no field differs. */
export function reclaim(difference: Difference): void {
  difference.isReclaimed = true
  if (difference.changed.length === 0) difference.changed.push('password')
}

/** The row after the difference is written. */
export function rowAfter(current: UserRow, { columns, roles }: Difference): UserRow {
  return {
    ...current,
    ...columns,
    ...(roles ? { roles: roles.join(' ') } : {}),
    version: current.version + 1,
    updated_at: now(),
  }
}

/** Values that only an import sets: the hash of a password, and instants. */
export type Brought = {
  hash?: string | undefined
  created_at?: string | undefined
  last_login_at?: string | undefined
}

/** The difference between the wanted fields and the row. */
export function differenceOf(
  current: UserRow,
  wanted: Partial<UserFields>,
  { hash, created_at, last_login_at }: Brought = {},
): Difference {
  const columns = columnsOf(wanted, now(), current)
  if (created_at !== undefined) columns.created_at = created_at
  // A sign-in to this service that is later than the imported one is kept.
  if (last_login_at !== undefined && last_login_at > (current.last_login_at ?? ''))
    columns.last_login_at = last_login_at
  const changed = shownNames(changedColumns(current, columns))
  const roles = wanted.roles && [...new Set(wanted.roles)].sort()
  const newRoles = roles !== undefined && roles.join(' ') !== current.roles ? roles : undefined
  if (newRoles) changed.push('roles')
  if (hash !== undefined) changed.push('password')
  return { columns, roles: newRoles, hash, changed }
}

/** The names of the API fields that the changed columns belong to. */
function shownNames(columns: readonly (keyof UserColumns)[]): string[] {
  const names: Partial<Record<keyof UserColumns, string>> = {
    disabled_at: 'status',
    email_verified_at: 'email_verified',
  }
  return columns
    .filter((name) => !name.endsWith('_key') && name !== 'search_text')
    .map((name) => names[name] ?? name)
}
