/** The tables `group_links` and `group_tree`: the nesting of groups. */
import { inserter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import { collect } from './store.ts'

type From = Tx | Database['read']

export function createGroupTreeStore(database: Database) {
  const { read, dialect } = database
  const insertRows = inserter(database, 'group_tree')

  const pairsBy = (column: 'group_id' | 'member_id') =>
    database.prepare<{ group_id: string; member_id: string }>(
      read
        .selectFrom('group_links')
        .selectAll()
        .where((at) => dialect.amongTexts(at.ref(column), []))
        .orderBy('group_id')
        .orderBy('member_id')
        .compile(),
    )
  const links = { group_id: pairsBy('group_id'), member_id: pairsBy('member_id') }
  const pairs = (from: From, column: 'group_id' | 'member_id', ids: readonly string[]) =>
    links[column].in(from, dialect.list(ids))
  const ancestors = database.prepare<{ ancestor_id: string }>(
    read.selectFrom('group_tree').select('ancestor_id').where('group_id', '=', '').compile(),
  )

  /** The groups that directly contain each of these. */
  const listParents = async (ids: readonly string[], from: From = read): Promise<Map<string, string[]>> =>
    collect(ids, await pairs(from, 'member_id', ids), ({ group_id, member_id }) => [member_id, group_id])

  /** The group and all groups that contain it. */
  const listAncestors = async (id: string, from: From = read): Promise<string[]> => {
    return (await ancestors.in(from, id)).map(({ ancestor_id }) => ancestor_id)
  }

  /** The group and all groups that it contains. */
  const listDescendants = async (id: string, from: From = read): Promise<string[]> => {
    const rows = await from
      .selectFrom('group_tree')
      .select('group_id')
      .where('ancestor_id', '=', id)
      .execute()
    return rows.map(({ group_id }) => group_id)
  }

  /** Recomputes which groups contain these groups. */
  const rebuild = async (tx: Tx, ids: readonly string[]): Promise<void> => {
    const above = new Map<string, string[]>()
    for (let open = [...ids]; open.length > 0; ) {
      const found = await listParents(open, tx)
      for (const [id, parents] of found) above.set(id, parents)
      open = [...new Set([...found.values()].flat())].filter((id) => !above.has(id))
    }
    await tx
      .deleteFrom('group_tree')
      .where((at) => dialect.amongTexts(at.ref('group_id'), ids))
      .execute()
    const rows = ids.flatMap((id) =>
      [...closureOf(id, above)].map((ancestor_id) => ({ group_id: id, ancestor_id })),
    )
    await insertRows(tx, rows)
  }

  return {
    listParents,
    listAncestors,
    listDescendants,
    rebuild,
    /** The number of nested levels from this group on, including itself. */
    async levels(tx: Tx, id: string, towards: 'up' | 'down'): Promise<number> {
      const [from, to] =
        towards === 'up' ? (['member_id', 'group_id'] as const) : (['group_id', 'member_id'] as const)
      let count = 0
      for (let level = [id]; level.length > 0; count += 1)
        level = [...new Set((await pairs(tx, from, level)).map((link) => link[to]))]
      return count
    },
    async insertNew(tx: Tx, id: string): Promise<void> {
      await insertRows(tx, [{ group_id: id, ancestor_id: id }])
    },
    async hasLink(tx: Tx, groupId: string, memberId: string): Promise<boolean> {
      const found = await tx
        .selectFrom('group_links')
        .select('group_id')
        .where('group_id', '=', groupId)
        .where('member_id', '=', memberId)
        .executeTakeFirst()
      return found !== undefined
    },
    async link(tx: Tx, groupId: string, memberId: string): Promise<void> {
      await tx.insertInto('group_links').values({ group_id: groupId, member_id: memberId }).execute()
    },
    async unlink(tx: Tx, groupId: string, memberId: string): Promise<void> {
      await tx
        .deleteFrom('group_links')
        .where('group_id', '=', groupId)
        .where('member_id', '=', memberId)
        .execute()
    },
    /** The groups that this one directly contains. */
    async listChildren(groupId: string, from: From = read): Promise<string[]> {
      return (await pairs(from, 'group_id', [groupId])).map(({ member_id }) => member_id)
    },
  }
}

export type GroupTreeStore = ReturnType<typeof createGroupTreeStore>

function closureOf(id: string, above: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set([id])
  for (const each of found) for (const parent of above.get(each) ?? []) found.add(parent)
  return found
}
