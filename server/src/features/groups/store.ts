/** The tables `groups`, `group_roles` and `group_members`. */
import type { Updateable } from 'kysely'
import { deleter, inserter, updater } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { GroupsTable } from '../../database/schema/schema.ts'
import type { PageOf } from '../../page.ts'
import type { GroupRow, Member, Membership } from './group.ts'

type From = Tx | Database['read']

export type GroupQuery = {
  /** In the canonical form of names. */
  nameKey?: string | undefined
  /** The beginning of the name, in the same form. */
  prefix?: string | undefined
  externalId?: string | undefined
}

export function createGroupStore(database: Database) {
  const { read, dialect } = database
  const insertMembers = inserter(database, 'group_members')
  const insertGroups = inserter(database, 'groups')
  const insertRoles = inserter(database, 'group_roles')
  const deleteRoles = deleter(database, 'group_roles', 'group_id')
  const updateGroup = updater(database, 'groups', 'id')
  const oneById = read.selectFrom('groups').selectAll().where('id', '=', '')
  const byId = database.prepare<GroupRow>(oneById.compile())
  const byIdForChange = database.prepare<GroupRow>(dialect.locked(oneById).compile())
  const byIds = database.prepare<GroupRow>(
    read
      .selectFrom('groups')
      .selectAll()
      .where((at) => dialect.amongTexts(at.ref('id'), []))
      .compile(),
  )
  const rolesOf = database.prepare<{ group_id: string; role: string }>(
    read
      .selectFrom('group_roles')
      .select(['group_id', 'role'])
      .where((at) => dialect.amongTexts(at.ref('group_id'), []))
      .orderBy('role')
      .compile(),
  )
  const members = database.prepare<{ user_id: string }>(
    read
      .selectFrom('group_members')
      .select('user_id')
      .where('group_id', '=', '')
      .where((at) => dialect.amongTexts(at.ref('user_id'), []))
      .compile(),
  )
  const living = database.prepare<{ id: string }>(
    read
      .selectFrom('users')
      .select('id')
      .where((at) => dialect.amongTexts(at.ref('id'), []))
      .where('deleted_at', 'is', null)
      .compile(),
  )
  const memberships = database.prepare<{ user_id: string; group_id: string; id: string; name: string }>(
    read
      .selectFrom('group_members')
      .innerJoin('group_tree', 'group_tree.group_id', 'group_members.group_id')
      .innerJoin('groups', 'groups.id', 'group_tree.ancestor_id')
      .select(['group_members.user_id', 'group_members.group_id', 'groups.id', 'groups.name'])
      .where((at) => dialect.amongTexts(at.ref('group_members.user_id'), []))
      .orderBy('groups.name_key')
      .compile(),
  )
  const matching = ({ nameKey, prefix, externalId }: GroupQuery) => {
    let query = read.selectFrom('groups')
    if (nameKey !== undefined) query = query.where('name_key', '=', nameKey)
    if (prefix !== undefined && prefix !== '')
      query = query.where('name_key', '>=', prefix).where('name_key', '<', `${prefix}\u{10ffff}`)
    if (externalId !== undefined) query = query.where('external_id', '=', externalId)
    return query
  }
  /** The groups of a user: those with the user as a direct member; with `all` also the groups that contain these. */
  const ofUser = (userId: string, all: boolean) => {
    const direct = read.selectFrom('group_members').select('group_id').where('user_id', '=', userId)
    return all
      ? read.selectFrom('group_tree').select('ancestor_id as group_id').where('group_id', 'in', direct)
      : direct
  }

  return {
    async find(id: string, from: From = read): Promise<GroupRow | undefined> {
      return (await byId.in(from, id))[0]
    },
    /** Locks and reads the row. */
    async findForChange(tx: Tx, id: string): Promise<GroupRow | undefined> {
      return (await byIdForChange.in(tx, id))[0]
    },
    async listByIds(ids: readonly string[], from: From = read): Promise<GroupRow[]> {
      return ids.length === 0 ? [] : byIds.in(from, dialect.list(ids))
    },
    /** By name; one more than requested, if there is one. */
    async list(query: GroupQuery, { limit, direction, position }: PageOf): Promise<GroupRow[]> {
      const forward = direction === 'next'
      let rows = matching(query).selectAll()
      if (position) rows = rows.where('name_key', forward ? '>' : '<', String(position[0]))
      const found = await rows
        .orderBy('name_key', forward ? 'asc' : 'desc')
        .limit(limit + 1)
        .execute()
      return forward ? found : found.reverse()
    },
    async count(query: GroupQuery): Promise<number> {
      const { count } = await matching(query)
        .select((at) => at.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    },
    async insert(tx: Tx, row: GroupRow): Promise<void> {
      await insertGroups(tx, [row])
    },
    async update(tx: Tx, id: string, changes: Updateable<GroupsTable>): Promise<void> {
      await updateGroup(tx, [id], changes)
    },
    async delete(tx: Tx, id: string): Promise<void> {
      await tx.deleteFrom('groups').where('id', '=', id).execute()
    },

    /** The direct roles of each of these groups, sorted. */
    async listRoles(ids: readonly string[], from: From = read): Promise<Map<string, string[]>> {
      const rows = await rolesOf.in(from, dialect.list(ids))
      return collect(ids, rows, ({ group_id, role }) => [group_id, role])
    },
    async setRoles(tx: Tx, id: string, roles: readonly string[]): Promise<void> {
      await deleteRoles(tx, id)
      await insertRoles(
        tx,
        roles.map((role) => ({ group_id: id, role })),
      )
    },

    /** The members who are not in the recycle bin, in the order of their ids. */
    async listMembers(groupId: string, { limit, direction, position }: PageOf): Promise<Member[]> {
      const forward = direction === 'next'
      let query = read
        .selectFrom('group_members')
        .innerJoin('users', 'users.id', 'group_members.user_id')
        .select(['group_members.user_id', 'users.username'])
        .where('group_id', '=', groupId)
        .where('users.deleted_at', 'is', null)
      if (position) query = query.where('group_members.user_id', forward ? '>' : '<', String(position[0]))
      const rows = await query
        .orderBy('group_members.user_id', forward ? 'asc' : 'desc')
        .limit(limit + 1)
        .execute()
      return forward ? rows : rows.reverse()
    },
    /** Which of these users are members. */
    async membersAmong(groupId: string, userIds: readonly string[], from: From = read): Promise<Set<string>> {
      const rows = await members.in(from, groupId, dialect.list(userIds))
      return new Set(rows.map(({ user_id }) => user_id))
    },
    /** Which of these users exist and are not in the recycle bin. */
    async livingAmong(userIds: readonly string[], from: From = read): Promise<Set<string>> {
      if (userIds.length === 0) return new Set()
      const rows = await living.in(from, dialect.list(userIds))
      return new Set(rows.map(({ id }) => id))
    },
    async addMembers(tx: Tx, groupId: string, userIds: readonly string[]): Promise<void> {
      await insertMembers(
        tx,
        userIds.map((user_id) => ({ group_id: groupId, user_id })),
      )
    },
    async removeMembers(tx: Tx, groupId: string, userIds: readonly string[]): Promise<void> {
      await tx
        .deleteFrom('group_members')
        .where('group_id', '=', groupId)
        .where((at) => dialect.amongTexts(at.ref('user_id'), userIds))
        .execute()
    },
    /** A user of the group or of its nested groups who signed up and never proved the address. */
    async findUnproven(tx: Tx, groupId: string): Promise<string | undefined> {
      const row = await tx
        .selectFrom('group_tree')
        .innerJoin('group_members', 'group_members.group_id', 'group_tree.group_id')
        .innerJoin('unproven_sign_ups', 'unproven_sign_ups.user_id', 'group_members.user_id')
        .select('group_members.user_id')
        .where('group_tree.ancestor_id', '=', groupId)
        .limit(1)
        .executeTakeFirst()
      return row?.user_id
    },
    /** The ids of members after `after`. */
    async listMemberIds(tx: Tx, groupId: string, after: string, limit: number): Promise<string[]> {
      const rows = await tx
        .selectFrom('group_members')
        .select('user_id')
        .where('group_id', '=', groupId)
        .where('user_id', '>', after)
        .orderBy('user_id')
        .limit(limit)
        .execute()
      return rows.map(({ user_id }) => user_id)
    },

    /** By name; one more than requested, if there is one. */
    async listOfUser(
      userId: string,
      all: boolean,
      { limit, direction, position }: PageOf,
    ): Promise<GroupRow[]> {
      const forward = direction === 'next'
      let query = read.selectFrom('groups').selectAll().where('id', 'in', ofUser(userId, all))
      if (position) query = query.where('name_key', forward ? '>' : '<', String(position[0]))
      const rows = await query
        .orderBy('name_key', forward ? 'asc' : 'desc')
        .limit(limit + 1)
        .execute()
      return forward ? rows : rows.reverse()
    },
    /** The groups of each of these users by name, including the groups that contain them. */
    async membershipsOf(userIds: readonly string[]): Promise<Map<string, Membership[]>> {
      const rows = await memberships.in(read, dialect.list(userIds))
      const found = new Map<string, Map<string, Membership>>()
      for (const { user_id, group_id, id, name } of rows) {
        const own = found.get(user_id) ?? new Map<string, Membership>()
        own.set(id, { id, name, direct: group_id === id || (own.get(id)?.direct ?? false) })
        found.set(user_id, own)
      }
      return new Map([...found].map(([userId, own]) => [userId, [...own.values()]]))
    },
    /** The groups of which each of these users is a direct member, by name. */
    async listDirect(userIds: readonly string[]): Promise<Map<string, { id: string; name: string }[]>> {
      const rows = await read
        .selectFrom('group_members')
        .innerJoin('groups', 'groups.id', 'group_members.group_id')
        .select(['group_members.user_id', 'groups.id', 'groups.name'])
        .where((at) => dialect.amongTexts(at.ref('group_members.user_id'), userIds))
        .orderBy('groups.name_key')
        .execute()
      const found = new Map<string, { id: string; name: string }[]>(userIds.map((id) => [id, []]))
      for (const { user_id, id, name } of rows) found.get(user_id)?.push({ id, name })
      return found
    },
    async listByNames(nameKeys: readonly string[], from: From = read): Promise<GroupRow[]> {
      return from
        .selectFrom('groups')
        .selectAll()
        .where((at) => dialect.amongTexts(at.ref('name_key'), nameKeys))
        .execute()
    },
    /** The groups among these of which the user is a direct member. */
    async directAmong(userId: string, ids: readonly string[]): Promise<Set<string>> {
      const rows = await read
        .selectFrom('group_members')
        .select('group_id')
        .where('user_id', '=', userId)
        .where((at) => dialect.amongTexts(at.ref('group_id'), ids))
        .execute()
      return new Set(rows.map(({ group_id }) => group_id))
    },
  }
}

export type GroupStore = ReturnType<typeof createGroupStore>

/** Groups the second elements of the pairs by the first ones; each of `keys` gets a list. */
export function collect<Row>(
  keys: readonly string[],
  rows: readonly Row[],
  pairOf: (row: Row) => [string, string],
): Map<string, string[]> {
  const lists = new Map<string, string[]>(keys.map((key) => [key, []]))
  for (const row of rows) {
    const [key, value] = pairOf(row)
    lists.get(key)?.push(value)
  }
  return lists
}
