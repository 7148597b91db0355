/** Roles: named sets of permissions. `admin` and `user` are built in. */

import { isDeepStrictEqual } from 'node:util'
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import { type Caller, inOrder, need, needToGrant, permissions } from '../../caller.ts'
import { now } from '../../clock.ts'
import { type Database, duplicateIndex, isDangling, type Tx } from '../../database/database.ts'
import { jsonText } from '../../encoding/json-text.ts'
import { AppError, invalidInput } from '../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../if-match.ts'
import type { Idempotency } from '../idempotency/service.ts'
import type { RoleLookup } from './lookup.ts'
import {
  builtIn,
  changesOf,
  fieldsOf,
  permissionsOf,
  type Role,
  type RoleFields,
  roleOf,
  type VersionedRole,
  versioned,
} from './role.ts'
import { createRoleStore, type RoleRow } from './store.ts'

type RolesNeeds = {
  database: Database
  audit: AuditLog
  noteCreated: Idempotency['note']
  /** @throws unproven_account when a user with the role has an unproven address */
  needProvenHolders(tx: Tx, role: string): Promise<void>
  rights: Pick<RightsCaches, 'invalidate'>
  lookup: Pick<RoleLookup, 'rightsNow' | 'forget'>
}

export type Roles = ReturnType<typeof createRoles>

const grammar = /^[a-z][a-z0-9_-]{0,63}$/

export function createRoles(needs: RolesNeeds) {
  const { database, audit, noteCreated, needProvenHolders, rights, lookup } = needs
  const store = createRoleStore(database)
  /** Called in the transaction that changes the permissions of a role. */
  const changed = (tx: Tx) => {
    database.afterCommit(tx, lookup.forget)
    rights.invalidate(tx, 'everyone')
  }
  /** @throws forbidden when the caller has lost the permission to write roles */
  const granting = async (tx: Tx, caller: Caller): Promise<Caller> => {
    const granter = await lookup.rightsNow(caller, tx)
    need(granter, 'roles:write')
    return granter
  }
  /** @throws forbidden, permission_not_held */
  const mayCreate = (caller: Caller, { permissions = [] }: Partial<RoleFields>): void => {
    need(caller, 'roles:write')
    needToGrant(caller, permissions)
  }
  const change = async (
    caller: Caller,
    name: string,
    ifMatch: IfMatch,
    fieldsFrom: (row: RoleRow) => RoleFields,
  ) => {
    const row = await database.transaction(async (tx) => {
      const current = await store.findForChange(tx, name)
      if (!current) throw new AppError('not_found')
      checkIfMatch(ifMatch, current.version)
      const fields = fieldsFrom(current)
      const granter = await granting(tx, caller)
      needToGrant(granter, fields.permissions)
      needToGrant(granter, permissionsOf(current))
      const next = {
        ...current,
        description: fields.description,
        permissions: jsonText(inOrder(fields.permissions)),
        second_factor_since: fields.second_factor_required ? (current.second_factor_since ?? now()) : null,
      }
      if (isDeepStrictEqual(next, current)) return current
      if (permissionsOf(current).length === 0 && fields.permissions.length > 0)
        await needProvenHolders(tx, name)
      next.version += 1
      next.updated_at = now()
      await store.update(tx, name, next)
      changed(tx)
      await audit.record(tx, caller, {
        type: 'role.updated',
        target: { kind: 'role', id: name },
        changes: changesOf(fields),
      })
      return next
    })
    return versioned(row)
  }

  return {
    /** Creates or updates the built-in roles for this version, at every start. */
    async ensureBuiltIn(): Promise<void> {
      const at = now()
      const all = jsonText([...permissions])
      const base = { version: 1, created_at: at, updated_at: at, second_factor_since: null }
      await database.transaction(async (tx) => {
        await store.insertMissing(tx, {
          ...base,
          name: 'admin',
          description: 'May do everything',
          permissions: all,
        })
        await store.insertMissing(tx, {
          ...base,
          name: 'user',
          description: 'May manage their own account',
          permissions: jsonText([]),
        })
        const admin = await store.findForChange(tx, 'admin')
        if (admin?.permissions !== all) await store.update(tx, 'admin', { permissions: all })
      })
    },

    async list(caller: Caller): Promise<Role[]> {
      need(caller, 'roles:read')
      return (await store.list()).map(roleOf)
    },

    async get(caller: Caller, name: string): Promise<VersionedRole> {
      need(caller, 'roles:read')
      const row = await store.find(name)
      if (!row) throw new AppError('not_found')
      return versioned(row)
    },

    mayCreate,

    async create(caller: Caller, { name, ...fields }: { name: string } & RoleFields): Promise<VersionedRole> {
      mayCreate(caller, fields)
      if (!grammar.test(name)) {
        throw invalidInput([
          {
            pointer: '/name',
            code: 'invalid_format',
            detail: 'A role name has 1 to 64 lower-case letters, digits, _ and -, and begins with a letter.',
          },
        ])
      }
      const at = now()
      const row = {
        name,
        description: fields.description,
        permissions: jsonText(inOrder(fields.permissions)),
        second_factor_since: fields.second_factor_required ? at : null,
        version: 1,
        created_at: at,
        updated_at: at,
      }
      try {
        await database.transaction(async (tx) => {
          needToGrant(await granting(tx, caller), fields.permissions)
          await noteCreated(tx, caller, name)
          await store.insert(tx, row)
          changed(tx)
          await audit.record(tx, caller, {
            type: 'role.created',
            target: { kind: 'role', id: name },
            changes: changesOf(fields),
          })
        })
      } catch (error) {
        if (duplicateIndex(error) === undefined) throw error
        throw new AppError('already_exists', { detail: 'There is a role with this name.' })
      }
      return versioned(row)
    },

    async replace(
      caller: Caller,
      name: string,
      ifMatch: IfMatch,
      fields: RoleFields,
    ): Promise<VersionedRole> {
      need(caller, 'roles:write')
      if (builtIn.has(name)) throw new AppError('role_built_in')
      return change(caller, name, ifMatch, () => fields)
    },

    /** For a built-in role, only the requirement of a second factor can change. */
    async patch(
      caller: Caller,
      name: string,
      ifMatch: IfMatch,
      fields: Partial<RoleFields>,
    ): Promise<VersionedRole> {
      need(caller, 'roles:write')
      if (builtIn.has(name) && ('description' in fields || 'permissions' in fields))
        throw new AppError('role_built_in')
      return change(caller, name, ifMatch, (row) => ({ ...fieldsOf(row), ...fields }))
    },

    async delete(caller: Caller, name: string, ifMatch: IfMatch): Promise<void> {
      need(caller, 'roles:write')
      if (builtIn.has(name)) throw new AppError('role_built_in')
      await database.transaction(async (tx) => {
        const current = await store.findForChange(tx, name)
        if (!current) throw new AppError('not_found')
        checkIfMatch(ifMatch, current.version)
        needToGrant(await granting(tx, caller), permissionsOf(current))
        if (await store.isHeld(tx, name)) throw new AppError('role_in_use')
        await store.delete(tx, name).catch((error) => {
          // A user has received the role since.
          throw isDangling(error) ? new AppError('role_in_use') : error
        })
        changed(tx)
        await audit.record(tx, caller, { type: 'role.deleted', target: { kind: 'role', id: name } })
      })
    },
  }
}
