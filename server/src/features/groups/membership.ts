/** Writes members in a transaction: users, and groups in groups. */
import type { EventType } from '../../audit-events.ts'
import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import { isDangling, type Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import { type GroupRow, maxLevels } from './group.ts'
import type { GroupsNeeds } from './needs.ts'
import type { GroupStores } from './stores.ts'

/** The ids of users. */
export type MemberChanges = { add: readonly string[]; remove: readonly string[] }

const membersAtOnce = 1000

/** Runs a write of members. @throws already_exists when a user was erased after the look-up */
export function refuseErased(error: unknown): never {
  throw isDangling(error)
    ? new AppError('already_exists', { detail: 'The users have changed since the request began; try again.' })
    : error
}

export type Membership = ReturnType<typeof createMembership>

export function createMembership(needs: GroupsNeeds, { groups: store, tree }: GroupStores) {
  const { audit } = needs

  const touch = async (tx: Tx, row: GroupRow): Promise<GroupRow> => {
    const changes = { version: row.version + 1, updated_at: now() }
    await store.update(tx, row.id, changes)
    return { ...row, ...changes }
  }

  return {
    async hold(tx: Tx, id: string): Promise<GroupRow> {
      const row = await store.findForChange(tx, id)
      if (!row) throw new AppError('not_found')
      return row
    },

    /** Writes the rows and their events. @returns the users whose membership changed, and the group after the change */
    async write(tx: Tx, caller: Caller, row: GroupRow, { add, remove }: MemberChanges) {
      const present = await store.membersAmong(row.id, [...add, ...remove], tx)
      const joining = new Set(add)
      const added = [...joining].filter((id) => !present.has(id))
      const removed = [...new Set(remove)].filter((id) => present.has(id) && !joining.has(id))
      if (added.length + removed.length === 0) return { added, removed, row }
      await store.addMembers(tx, row.id, added)
      if (removed.length > 0) await store.removeMembers(tx, row.id, removed)
      const touched = await touch(tx, row)
      const event = (type: EventType) => (id: string) => ({
        type,
        target: { kind: 'user' as const, id },
        changes: { group_id: row.id, group: row.name },
      })
      await audit.record(
        tx,
        caller,
        ...added.map(event('group.member_added')),
        ...removed.map(event('group.member_removed')),
      )
      return { added, removed, row: touched }
    },

    /**
     * Links or unlinks two groups. The caller holds the lock `groups`, so that only one such change runs at a time, and
     * `holdAllUnproven`.
     * @returns the outer group after the change
     * @throws group_nesting
     */
    async nest(
      tx: Tx,
      caller: Caller,
      row: GroupRow,
      { memberId, isAdding, givesRights }: { memberId: string; isAdding: boolean; givesRights: boolean },
    ): Promise<GroupRow> {
      if ((await tree.hasLink(tx, row.id, memberId)) === isAdding) return row
      const inside = await tree.listDescendants(memberId, tx)
      if (isAdding) {
        if (inside.includes(row.id))
          throw new AppError('group_nesting', {
            detail: 'A group cannot contain itself, neither directly nor through other groups.',
          })
        const levels = (await tree.levels(tx, row.id, 'up')) + (await tree.levels(tx, memberId, 'down'))
        if (levels > maxLevels)
          throw new AppError('group_nesting', { detail: `Groups may be nested ${maxLevels} levels deep.` })
        if (givesRights) await this.needProvenIn(tx, memberId)
        await tree.link(tx, row.id, memberId)
      } else await tree.unlink(tx, row.id, memberId)
      await tree.rebuild(tx, inside)
      const touched = await touch(tx, row)
      await audit.record(tx, caller, {
        type: isAdding ? 'group.nested' : 'group.unnested',
        target: { kind: 'group', id: row.id },
        changes: { member_id: memberId },
      })
      return touched
    },

    /** Adds events that the groups of every member changed. */
    async tellMembers(tx: Tx, groupId: string): Promise<void> {
      for (let after = ''; ; ) {
        const ids = await store.listMemberIds(tx, groupId, after, membersAtOnce)
        if (ids.length > 0) await needs.recordGroupsChanged(tx, ids)
        if (ids.length < membersAtOnce) return
        after = ids.at(-1) ?? after
      }
    },

    /**
     * Call it before the users of a group and of its nested groups get permissions. The caller holds `holdAllUnproven`.
     * @throws unproven_account
     */
    async needProvenIn(tx: Tx, groupId: string): Promise<void> {
      const userId = await store.findUnproven(tx, groupId)
      if (userId !== undefined) await needs.users.needProven(tx, [userId])
    },
  }
}
