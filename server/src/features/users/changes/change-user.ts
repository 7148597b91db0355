/** Changes of a user: PUT and PATCH, by the user or by an administrator. */
import { actorId, type Caller, isSelf, may, supporting } from '../../../caller.ts'
import { now } from '../../../clock.ts'
import type { Tx } from '../../../database/database.ts'
import { fromJsonText } from '../../../encoding/json-text.ts'
import { keysOf } from '../../../encoding/keys.ts'
import { isOneOf } from '../../../encoding/one-of.ts'
import { AppError, type Fault, invalidInput } from '../../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../../if-match.ts'
import {
  faultsOfRoles,
  mayChange,
  mayGrant,
  mayRemoveAddress,
  mayWriteFields,
  needsProof,
  newRoles,
  type Rights,
} from '../authority.ts'
import { checkEmail } from '../names/email.ts'
import { usernameKey } from '../names/username.ts'
import type { UsersNeeds } from '../needs.ts'
import {
  type Credentials,
  credentialsOf,
  type Decision,
  isRaised,
  needDecision,
} from '../sign-ups/unproven.ts'
import type { UserChanges, UserFields, UserRow, VersionedUser } from '../user.ts'
import {
  columnsOf,
  faultsOfFields,
  fieldDefaults,
  ownFieldDefaults,
  userOf,
  withoutBlanks,
} from '../user-fields.ts'
import type { Guards } from './guards.ts'
import { mergePatch } from './merge-patch.ts'
import type { UserStores } from './stores.ts'
import { type ChangeWriter, type Difference, differenceOf, reclaim } from './write-change.ts'

/** The user to change, and the conditions for the change. */
export type Wanted = {
  id: string
  ifMatch: IfMatch
  /** Whether the credentials of an account with an unproven address are kept. */
  credentials?: Decision | undefined
  /**
   * Writes data about the user that another feature stores. @returns whether the data changed; if so, the user gets a
   * new version
   */
  also?: ((tx: Tx) => Promise<boolean>) | undefined
}

type Change = Wanted & {
  caller: Caller
  /** Whether the user must replace the password; undefined leaves the duty unchanged. */
  mustChange?: boolean | undefined
  /** The wanted fields, computed from the current row. */
  fieldsOf(current: UserRow): UserChanges
}

export function createUserChanges(
  needs: UsersNeeds,
  { users: store, signUps, claims }: UserStores,
  guards: Guards,
  writer: ChangeWriter,
) {
  const { record } = needs.audit

  const faultsOf = async (caller: Caller, fields: Partial<UserFields>, before: UserRow): Promise<Fault[]> => [
    ...faultsOfFields(
      fields,
      { by: may(caller, 'users:write') ? 'admin' : 'signup', email: needs.email },
      before,
    ),
    ...(await faultsOfRoles(needs, fields.roles)),
  ]

  /** Checks the change before the transaction. @returns the new address if the caller changes their own */
  const check = async (
    { caller, ifMatch, fieldsOf, credentials, mustChange }: Change,
    before: UserRow,
    rights: Rights,
  ): Promise<{ email: string | null; stillConfirmed(tx: Tx): Promise<void> } | undefined> => {
    mayChange(rights, caller, before, supporting)
    checkIfMatch(ifMatch, before.version)
    const { current_password: password, ...fields } = fieldsOf(before)
    mayWriteFields(caller, withDuty(fields, mustChange), isSelf(caller, before.id) ? 'own' : 'other')
    const faults = await faultsOf(caller, fields, before)
    if (mustChange && !(await needs.passwords.has(before.id))) faults.push(faultOfNoPassword)
    if (faults.length > 0) throw invalidInput(faults)
    mayRemoveAddress(caller, before, fields)
    mayGrant(rights, caller, newRoles(before, fields))
    if (needsProof(rights, caller, before, withDuty(fields, mustChange)))
      await needs.needProof(caller, { password })
    if (isRaised(rights, before, fields)) needDecision(await signUps.find(before.id), credentials)
    const chosen = chosenName(caller, before, fields)
    if (chosen) await claims.refuseLookalike(chosen)
    if (fields.email === undefined || fields.email === before.email) return undefined
    // The owner of the address can reset the password, so administrators and their API keys also need a fresh proof.
    if (may(caller, 'users:write') && caller.userId !== before.id) return undefined
    return {
      email: fields.email,
      stillConfirmed: await needs.passwords.confirm(caller, before.id, password),
    }
  }

  const write = async (
    tx: Tx,
    { caller, also, mustChange }: Change,
    current: UserRow,
    { credentials, ...fields }: Partial<UserFields> & { credentials: Credentials | undefined },
  ) => {
    const difference: Difference = { ...differenceOf(current, fields), credentials }
    if (credentials === 'reset') reclaim(difference)
    if (mustChange !== undefined && (await needs.passwords.setMustChange(tx, current.id, mustChange)))
      difference.changed.push('must_change_password')
    const isMore = (await also?.(tx)) ?? false
    const row =
      isMore && difference.changed.length === 0
        ? await writer.touch(tx, caller, current)
        : await writer.writeChange(tx, caller, { current, difference })
    return { row, changed: difference.changed }
  }

  const askForConfirmation = async (tx: Tx, caller: Caller, row: UserRow, email: string) => {
    const check = checkEmail(email)
    if (!check.ok) throw new AppError('invalid_input')
    await needs.mail.confirmEmail(tx, row, email, check.key)
    await record(tx, caller, { type: 'email.change_requested', target: { kind: 'user', id: row.id } })
  }

  const change = async (wanted: Change): Promise<VersionedUser> => {
    const { caller, id, ifMatch, fieldsOf, credentials } = wanted
    const before = await guards.getRow(id)
    const rights = await needs.roles.permissionsByRole()
    const ownAddress = await check(wanted, before, rights)
    const names = { ...before, ...columnsOf(fieldsOf(before), now(), before) }
    const { row, changed } = await guards.claiming(names, id, async (tx) => {
      const current = await store.findForChange(tx, id)
      if (!current || current.deleted_at !== null) throw new AppError('not_found')
      checkIfMatch(ifMatch, current.version)
      const { current_password: _, ...fields } = fieldsOf(current)
      // The roles of the user or the caller may have changed since the first check.
      const gained = newRoles(current, fields)
      const gives =
        gained.length > 0 ||
        (fields.status === 'active' && current.disabled_at !== null) ||
        needsProof(rights, caller, current, fields)
      // The permissions of these roles cannot change until the transaction ends.
      if (gained.length > 0) await signUps.hold(tx, [id])
      const granter = gives ? await needs.roles.rightsNow(caller, tx) : caller
      const rightsThen = gives ? await needs.roles.permissionsByRole(tx) : rights
      mayChange(rightsThen, granter, current, supporting)
      mayWriteFields(granter, withDuty(fields, wanted.mustChange), isSelf(granter, id) ? 'own' : 'other')
      mayRemoveAddress(granter, current, fields)
      mayGrant(rightsThen, granter, gained)
      // A request may repeat the address that the user had when the request arrived. It must not undo a change of
      // address that was confirmed since.
      if (fields.email === before.email) delete fields.email
      const isDecided = credentials === 'adopted' || isRaised(rightsThen, current, fields)
      const signUp = isDecided ? await signUps.find(id, tx) : undefined
      needDecision(signUp, credentials)
      const decided = { credentials: signUp && credentialsOf(credentials) }
      const chosen = chosenName(granter, current, fields)
      if (chosen) await claims.choose(tx, chosen)
      if (ownAddress === undefined) return write(tx, wanted, current, { ...fields, ...decided })
      await ownAddress.stillConfirmed(tx)
      if (ownAddress.email === null) return write(tx, wanted, current, { ...fields, ...decided })
      // When users change their own address, the new one takes effect once they confirm it.
      delete fields.email
      await askForConfirmation(tx, caller, current, ownAddress.email)
      return write(tx, wanted, current, { ...fields, ...decided })
    })
    if (changed.length > 0) {
      const event = {
        event: 'user.updated',
        user_id: id,
        actor_id: actorId(caller),
        request_id: caller.requestId,
      }
      needs.log.info({ ...event, fields: changed }, 'user changed')
    }
    return { user: userOf(row), version: row.version }
  }

  return {
    /** All faults of the given fields of a change. With `patch`, null resets a field to its default. */
    async faultsOfChange(
      caller: Caller,
      id: string,
      fields: Record<string, unknown>,
      kind: 'patch' | 'replacement',
    ): Promise<Fault[]> {
      const before = await store.find(id)
      return before
        ? faultsOf(
            caller,
            kind === 'patch' ? patched(before, fields) : withoutBlanks({ email: null, ...fields }),
            before,
          )
        : []
    },

    /** Replaces the user: missing fields get their defaults. */
    replace(
      caller: Caller,
      wanted: Pick<Wanted, 'id' | 'ifMatch' | 'credentials'>,
      fields: UserChanges,
    ): Promise<VersionedUser> {
      const defaults = may(caller, 'users:write')
        ? { ...fieldDefaults, roles: [...fieldDefaults.roles] }
        : ownFieldDefaults
      return change({
        ...wanted,
        caller,
        fieldsOf: () => ({ ...defaults, ...withoutBlanks(fields) }),
      })
    },

    /** A merge patch: null resets a field to its default; `metadata` and `profile` are merged. */
    patch(caller: Caller, wanted: Wanted, patch: Record<string, unknown>): Promise<VersionedUser> {
      const { must_change_password: must, ...fields } = patch
      return change({
        ...wanted,
        caller,
        mustChange: must === undefined ? undefined : must === true,
        fieldsOf: (current) => patched(current, fields),
      })
    },
  }
}

const faultOfNoPassword: Fault = {
  pointer: '/must_change_password',
  code: 'no_password',
  detail: 'The user has no password to replace.',
}

function withDuty(fields: Partial<UserFields>, mustChange: boolean | undefined) {
  return mustChange === undefined ? fields : { ...fields, must_change_password: mustChange }
}

/**
 * The new username if users choose it for themselves; undefined if an administrator chooses it or it does not change.
 */
function chosenName(caller: Caller, { id, username_key }: UserRow, { username }: Partial<UserFields>) {
  if (username === undefined || may(caller, 'users:write')) return undefined
  const key = usernameKey(username)
  return key === username_key ? undefined : { id, username_key: key }
}

const fieldsWithDefault = keysOf(fieldDefaults)

function patched(current: UserRow, patch: Record<string, unknown>): UserChanges {
  const fields: Record<string, unknown> = withoutBlanks(patch)
  for (const [name, value] of Object.entries(patch)) {
    if (value === null && isOneOf(fieldsWithDefault, name)) fields[name] = fieldDefaults[name]
  }
  for (const name of ['metadata', 'profile'] as const) {
    if (patch[name]) fields[name] = mergePatch(fromJsonText(current[name]), patch[name])
  }
  return fields
}
