/** Groups of users: their fields, the roles that they give, and their lists. */
import { type Caller, need } from '../../caller.ts'
import { newId, now } from '../../clock.ts'
import { duplicateIndex, isDangling, type Tx } from '../../database/database.ts'
import { keysOf } from '../../encoding/keys.ts'
import { isOneOf } from '../../encoding/one-of.ts'
import { AppError, type Fault, invalidInput } from '../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../if-match.ts'
import { cutPage, type Page, type PageOf } from '../../page.ts'
import type { GroupAuthority } from './authority.ts'
import {
  type Group,
  type GroupFields,
  type GroupRow,
  groupDefaults,
  groupOf,
  type VersionedGroup,
} from './group.ts'
import type { Membership } from './membership.ts'
import type { GroupsNeeds } from './needs.ts'
import type { GroupQuery } from './store.ts'
import type { GroupStores } from './stores.ts'

export type NewGroup = Partial<GroupFields> & { name: string }
export type GroupFilter = { name?: string; q?: string; external_id?: string }

/** Further writes in the transaction of a change. */
export type AlsoWrite = {
  /** Whether it changes the nesting of groups. */
  nests: boolean
  /** @returns the group after the change */
  write(tx: Tx, row: GroupRow, givesRights: boolean): Promise<GroupRow>
}

/** The group to change, and the condition for the change. */
type Wanted = { id: string; ifMatch: IfMatch; also?: AlsoWrite | null }

export type GroupService = ReturnType<typeof createGroupService>

export function createGroupService(
  needs: GroupsNeeds,
  { groups: store, tree }: GroupStores,
  authority: GroupAuthority,
  membership: Membership,
) {
  const { database, audit, texts } = needs

  const faultsOf = async (fields: Partial<GroupFields>): Promise<Fault[]> => {
    const { name, description, external_id: externalId, roles = [] } = fields
    const faults: Fault[] = []
    const add = (pointer: string, fault: { code: string; detail: string } | undefined) => {
      if (fault) faults.push({ pointer, code: fault.code, detail: fault.detail })
    }
    if (name !== undefined) add('/name', texts.faultOf(name, { min: 1, max: 256, shown: true }))
    if (description) add('/description', texts.faultOf(description, { max: 1000 }))
    if (externalId != null) add('/external_id', texts.faultOf(externalId, { min: 1, max: 255, shown: true }))
    for (const role of await needs.roles.missing(roles))
      add(`/roles/${roles.indexOf(role)}`, { code: 'unknown_role', detail: 'There is no such role.' })
    return faults
  }
  const queryOf = ({ name, q, external_id }: GroupFilter): GroupQuery => ({
    nameKey: name === undefined ? undefined : texts.fold(name),
    prefix: q === undefined ? undefined : texts.fold(q),
    externalId: external_id,
  })
  const shown = async (rows: readonly GroupRow[]): Promise<Group[]> => {
    const ids = rows.map(({ id }) => id)
    const [roles, parents] = await Promise.all([store.listRoles(ids), tree.listParents(ids)])
    return rows.map((row) => groupOf(row, roles.get(row.id) ?? [], parents.get(row.id) ?? []))
  }
  const versioned = async (row: GroupRow): Promise<VersionedGroup> => {
    const [group] = await shown([row])
    return { group: group!, version: row.version }
  }
  const find = async (id: string): Promise<GroupRow> => {
    const row = await store.find(id)
    if (!row) throw new AppError('not_found')
    return row
  }
  /** Runs a write of names. If a unique index refuses it, the error says which name is taken. */
  const claiming = async <T>(write: (tx: Tx) => Promise<T>): Promise<T> => {
    try {
      return await database.transaction(write)
    } catch (error) {
      if (isDangling(error))
        throw invalidInput([
          { pointer: '/roles', code: 'unknown_role', detail: 'A role was deleted during the request.' },
        ])
      const index = duplicateIndex(error)
      if (index === undefined) throw error
      const what = index === 'groups_external_id' ? 'external id' : 'name'
      throw new AppError('already_exists', { detail: `There is a group with this ${what}.` })
    }
  }
  const mayCreate = (caller: Caller, { roles = [] }: Partial<GroupFields>): Promise<void> =>
    authority.check(caller, [], roles)
  /** Writes a new group. @throws the error of the unique index when its name or external id is taken */
  const insertNew = async (
    tx: Tx,
    caller: Caller,
    { name, description, external_id, roles }: GroupFields,
  ): Promise<GroupRow> => {
    const at = now()
    const row: GroupRow = {
      ...{ id: newId(), name, name_key: texts.fold(name), description, external_id },
      ...{ version: 1, created_at: at, updated_at: at },
    }
    await store.insert(tx, row)
    await tree.insertNew(tx, row.id)
    await store.setRoles(tx, row.id, roles)
    await audit.record(tx, caller, {
      type: 'group.created',
      target: { kind: 'group', id: row.id },
      changes: { roles },
    })
    return row
  }
  const change = async (
    caller: Caller,
    { id, ifMatch, also = null }: Wanted,
    fieldsOf: (current: GroupFields) => GroupFields,
  ): Promise<VersionedGroup> => {
    const { group: before, version } = await versioned(await find(id))
    checkIfMatch(ifMatch, version)
    const wanted = fieldsOf(before)
    const faults = await faultsOf(wanted)
    if (faults.length > 0) throw invalidInput(faults)
    const roles = await authority.rolesGivenBy(id)
    const moved = [...without(wanted.roles, before.roles), ...without(before.roles, wanted.roles)]
    await authority.check(caller, roles, moved)
    const row = await claiming(async (tx) => {
      if (also?.nests) await database.dialect.lock(tx, 'groups')
      const current = await store.findForChange(tx, id)
      if (!current) throw new AppError('not_found')
      checkIfMatch(ifMatch, current.version)
      const had = (await store.listRoles([id], tx)).get(id) ?? []
      const next = { ...fieldsOf({ ...current, roles: had }) }
      const has = [...new Set(next.roles)].sort()
      const gained = without(has, had)
      // Changes of names and of users may run at the same time.
      if (also?.nests || gained.length > 0) await needs.users.holdAllUnproven(tx)
      const given = [...(await authority.rolesGivenBy(id, tx)), ...has]
      const givesRights = await authority.checkAgain(tx, caller, given)
      const columns = {
        name: next.name,
        name_key: texts.fold(next.name),
        description: next.description,
        external_id: next.external_id,
      }
      const changed = [
        ...(['name', 'description', 'external_id'] as const).filter(
          (name) => columns[name] !== current[name],
        ),
        ...(has.join(' ') === had.join(' ') ? [] : ['roles']),
      ]
      const finish = async (row: GroupRow) => (await also?.write(tx, row, givesRights)) ?? row
      if (changed.length === 0) return finish(current)
      const row = { ...current, ...columns, version: current.version + 1, updated_at: now() }
      await store.update(tx, id, row)
      if (givesRights) needs.rights.invalidate(tx, 'everyone')
      if (changed.includes('roles')) await store.setRoles(tx, id, has)
      if (changed.includes('name')) await membership.tellMembers(tx, id)
      if (await authority.givePermissions(gained, tx)) await membership.needProvenIn(tx, id)
      await audit.record(tx, caller, {
        type: 'group.updated',
        target: { kind: 'group', id },
        changes: {
          fields: changed,
          ...(changed.includes('roles') && { assigned: gained, removed: without(had, has) }),
        },
      })
      return finish(row)
    })
    return versioned(row)
  }

  return {
    faultsOf,
    insertNew,

    async list(
      caller: Caller,
      filter: GroupFilter,
      page: PageOf & { wantsTotal: boolean },
    ): Promise<Page<Group> & { versions: number[] }> {
      need(caller, 'groups:read')
      const query = queryOf(filter)
      const cut = cutPage(await store.list(query, page), page, ({ name_key }) => [name_key])
      return {
        ...cut,
        items: await shown(cut.items),
        versions: cut.items.map(({ version }) => version),
        ...(page.wantsTotal ? { total: await store.count(query) } : {}),
      }
    },

    async get(caller: Caller, id: string): Promise<VersionedGroup> {
      need(caller, 'groups:read')
      return versioned(await find(id))
    },

    /** The group for the caller who has just created it. */
    lookUp: async (id: string): Promise<VersionedGroup> => versioned(await find(id)),

    /** The groups of a user, also through other groups. The route checks whether the caller may read them. */
    async listOfUser(userId: string, page: PageOf): Promise<Page<Group & { direct: boolean }>> {
      if (!(await store.livingAmong([userId])).has(userId)) throw new AppError('not_found')
      const cut = cutPage(await store.listOfUser(userId, true, page), page, ({ name_key }) => [name_key])
      const direct = await store.directAmong(
        userId,
        cut.items.map(({ id }) => id),
      )
      const items = await shown(cut.items)
      return { ...cut, items: items.map((group) => ({ ...group, direct: direct.has(group.id) })) }
    },

    /** The groups of which each of these users is a direct member. */
    listDirect: store.listDirect,

    /** The groups of each of these users, including the groups that contain them. */
    membershipsOf: store.membershipsOf,

    /** The names of a user's groups, including the groups that contain them; at most 1000. */
    async namesOf(userId: string): Promise<string[]> {
      const rows = await store.listOfUser(userId, true, { limit: 999, direction: 'next', position: null })
      return rows.map(({ name }) => name)
    },

    mayCreate,

    /** @throws invalid_input, already_exists, permission_not_held, reauthentication_required */
    async create(caller: Caller, given: NewGroup, also: AlsoWrite | null = null): Promise<VersionedGroup> {
      const fields: GroupFields = { ...groupDefaults, ...given }
      const faults = await faultsOf(fields)
      if (faults.length > 0) throw invalidInput(faults)
      const roles = [...new Set(fields.roles)].sort()
      await mayCreate(caller, { roles })
      const written = await claiming(async (tx) => {
        if (also?.nests) {
          await database.dialect.lock(tx, 'groups')
          await needs.users.holdAllUnproven(tx)
        }
        const givesRights = await authority.checkAgain(tx, caller, roles)
        const row = await insertNew(tx, caller, { ...fields, roles })
        await needs.noteCreated(tx, caller, row.id)
        return (await also?.write(tx, row, givesRights)) ?? row
      })
      return { group: groupOf(written, roles, []), version: written.version }
    },

    /** Replaces the group: missing fields get their defaults. */
    replace: (caller: Caller, wanted: Omit<Wanted, 'also'>, fields: NewGroup) =>
      change(caller, wanted, () => ({ ...groupDefaults, ...fields })),

    /** A merge patch: null resets a field to its default. */
    patch: (caller: Caller, wanted: Wanted, patch: Record<string, unknown>) => {
      const fieldsOf = ({ name, description, external_id, roles }: GroupFields) => {
        const given = Object.entries(patch).map(([field, value]) => [
          field,
          value ?? (isOneOf(keysOf(groupDefaults), field) ? groupDefaults[field] : undefined),
        ])
        return { name, description, external_id, roles, ...Object.fromEntries(given) }
      }
      return change(caller, wanted, fieldsOf)
    },

    /** The users stay and lose the roles of the group. */
    async delete(caller: Caller, id: string, ifMatch: IfMatch): Promise<void> {
      const { version } = await find(id)
      checkIfMatch(ifMatch, version)
      const roles = await authority.rolesGivenBy(id)
      await authority.check(caller, roles, roles)
      await database.transaction(async (tx) => {
        await database.dialect.lock(tx, 'groups')
        const current = await store.findForChange(tx, id)
        if (!current) throw new AppError('not_found')
        checkIfMatch(ifMatch, current.version)
        const givesRights = await authority.checkAgain(tx, caller, await authority.rolesGivenBy(id, tx))
        const inside = without(await tree.listDescendants(id, tx), [id])
        await membership.tellMembers(tx, id)
        await store.delete(tx, id)
        if (inside.length > 0) await tree.rebuild(tx, inside)
        await audit.record(tx, caller, {
          type: 'group.deleted',
          target: { kind: 'group', id },
          changes: { name: current.name },
        })
        if (givesRights) needs.rights.invalidate(tx, 'everyone')
      })
    },
  }
}

function without(list: readonly string[], others: readonly string[]): string[] {
  return list.filter((item) => !others.includes(item))
}
