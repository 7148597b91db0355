/** The members of groups: users, and other groups. */
import { type Caller, need } from '../../caller.ts'
import { AppError, type Fault, invalidInput } from '../../errors.ts'
import { cutPage, type Page, type PageOf } from '../../page.ts'
import type { GroupAuthority } from './authority.ts'
import type { Member } from './group.ts'
import { type MemberChanges, type Membership, refuseErased } from './membership.ts'
import type { GroupsNeeds } from './needs.ts'
import type { GroupStores } from './stores.ts'

export type MemberCounts = { added: number; removed: number }

export function createGroupMembers(
  needs: GroupsNeeds,
  { groups: store, tree }: GroupStores,
  authority: GroupAuthority,
  membership: Membership,
) {
  const { database } = needs

  const mustExist = async (id: string): Promise<void> => {
    if (!(await store.find(id))) throw new AppError('not_found')
  }

  /** Links or unlinks two groups, one such change at a time. */
  const nest = async (
    caller: Caller,
    groupId: string,
    memberId: string,
    isAdding: boolean,
  ): Promise<void> => {
    if (!(await store.find(groupId)) || !(await store.find(memberId))) throw new AppError('not_found')
    const roles = await authority.rolesGivenBy(groupId)
    await authority.check(caller, roles, roles)
    await database.transaction(async (tx) => {
      await database.dialect.lock(tx, 'groups')
      const row = await membership.hold(tx, groupId)
      await membership.hold(tx, memberId)
      await needs.users.holdAllUnproven(tx)
      const givesRights = await authority.checkAgain(tx, caller, await authority.rolesGivenBy(groupId, tx))
      const touched = await membership.nest(tx, caller, row, { memberId, isAdding, givesRights })
      if (givesRights && touched !== row) needs.rights.invalidate(tx, 'everyone')
    })
  }

  /**
   * Adds and removes users. Adding a member again, or removing a user who is not a member, changes nothing.
   * @throws not_found, invalid_input, permission_not_held, unproven_account, reauthentication_required
   */
  const changeMembers = async (
    caller: Caller,
    groupId: string,
    changes: MemberChanges,
  ): Promise<MemberCounts> => {
    await mustExist(groupId)
    const roles = await authority.rolesGivenBy(groupId)
    await authority.check(caller, roles, roles)
    const done = await database
      .transaction(async (tx) => {
        const row = await membership.hold(tx, groupId)
        const given = await authority.rolesGivenBy(groupId, tx)
        const givesRights = await authority.checkAgain(tx, caller, given)
        const living = await store.livingAmong(changes.add, tx)
        const strangers = changes.add.filter((id) => !living.has(id))
        if (strangers.length > 0) throw invalidInput(strangerFaults(changes.add, strangers))
        const written = await membership.write(tx, caller, row, changes)
        await authority.needProven(tx, groupId, written.added)
        if (givesRights) needs.rights.invalidate(tx, [...written.added, ...written.removed])
        return written
      })
      .catch(refuseErased)
    return { added: done.added.length, removed: done.removed.length }
  }

  return {
    async listMembers(caller: Caller, groupId: string, page: PageOf): Promise<Page<Member>> {
      need(caller, 'groups:read')
      await mustExist(groupId)
      return cutPage(await store.listMembers(groupId, page), page, ({ user_id }) => [user_id])
    },

    /** The groups that this one directly contains. */
    async listChildren(caller: Caller, groupId: string): Promise<{ id: string; name: string }[]> {
      need(caller, 'groups:read')
      await mustExist(groupId)
      const rows = await store.listByIds(await tree.listChildren(groupId))
      return rows.map(({ id, name }) => ({ id, name })).sort((a, b) => (a.name < b.name ? -1 : 1))
    },

    changeMembers,

    /** @throws not_found when the user is not a member */
    async removeMember(caller: Caller, groupId: string, userId: string): Promise<void> {
      const { removed } = await changeMembers(caller, groupId, { add: [], remove: [userId] })
      if (removed === 0) throw new AppError('not_found')
    },

    addGroup: (caller: Caller, groupId: string, memberId: string) => nest(caller, groupId, memberId, true),
    removeGroup: (caller: Caller, groupId: string, memberId: string) =>
      nest(caller, groupId, memberId, false),
  }
}

function strangerFaults(ids: readonly string[], strangers: readonly string[]): Fault[] {
  return strangers.slice(0, 50).map((id) => ({
    pointer: `/add/${ids.indexOf(id)}`,
    code: 'unknown_user',
    detail: 'There is no such user.',
  }))
}
