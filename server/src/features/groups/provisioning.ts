/** Creates or changes a group with its members in one transaction, for directories. */
import type { Caller } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import type { IfMatch } from '../../if-match.ts'
import type { GroupAuthority } from './authority.ts'
import type { GroupRow, VersionedGroup } from './group.ts'
import { type Membership, refuseErased } from './membership.ts'
import type { GroupsNeeds } from './needs.ts'
import type { AlsoWrite, GroupService } from './service.ts'
import type { GroupStores } from './stores.ts'

export type Provision = {
  fields: { name?: string; external_id?: string | null }
  /** The ids of users and of groups. */
  add: readonly string[]
  remove: readonly string[]
  /** Whether `add` contains all members, so that others are removed. */
  isWhole: boolean
}
type Provisioning = {
  /** The id of the group to change; null for a new group. */
  id: string | null
  ifMatch: IfMatch
  /** Runs in the transaction before members are written. */
  first?: (tx: Tx, groupId: string) => Promise<void>
}
export type Provisioned = VersionedGroup & {
  added: string[]
  removed: string[]
  /** The ids to add for which neither a user nor a group exists. */
  unknown: string[]
}

type Parts = {
  authority: GroupAuthority
  membership: Membership
  service: Pick<GroupService, 'create' | 'patch'>
}

const idsAtOnce = 1000

export function createProvisioning(
  needs: GroupsNeeds,
  { groups: store, tree }: GroupStores,
  { authority, membership, service }: Parts,
) {
  const idsIn = async (tx: Tx, groupId: string): Promise<string[]> => {
    const ids: string[] = []
    for (let after = ''; ; ) {
      const some = await store.listMemberIds(tx, groupId, after, idsAtOnce)
      ids.push(...some)
      if (some.length < idsAtOnce) return [...ids, ...(await tree.listChildren(groupId, tx))]
      after = some.at(-1) ?? after
    }
  }

  /** Adds and removes users and nested groups. Unknown ids are skipped. */
  const writeMembers = async (
    tx: Tx,
    caller: Caller,
    { row, givesRights }: { row: GroupRow; givesRights: boolean },
    { add, remove, isWhole }: Provision,
  ) => {
    const kept = new Set(add)
    const leaving = isWhole ? (await idsIn(tx, row.id)).filter((id) => !kept.has(id)) : remove
    const ids = [...kept, ...leaving]
    const groups = new Set((await store.listByIds(ids, tx)).map(({ id }) => id))
    const users = await store.livingAmong(add, tx)
    const written = await membership.write(tx, caller, row, {
      add: add.filter((id) => users.has(id)),
      remove: leaving.filter((id) => !groups.has(id)),
    })
    await authority.needProven(tx, row.id, written.added)
    let current = written.row
    const nest = async (memberId: string, isAdding: boolean) => {
      const next = await membership.nest(tx, caller, current, { memberId, isAdding, givesRights })
      if (next !== current) written[isAdding ? 'added' : 'removed'].push(memberId)
      current = next
    }
    for (const id of leaving) if (groups.has(id)) await nest(id, false)
    for (const id of kept) if (groups.has(id)) await nest(id, true)
    return {
      added: written.added,
      removed: written.removed,
      unknown: [...kept].filter((id) => !users.has(id) && !groups.has(id)),
      row: current,
    }
  }

  return {
    /**
     * Creates a group, or changes the one with the id. Unknown ids are skipped.
     * @throws not_found, already_exists, invalid_input, permission_not_held, unproven_account, group_nesting
     */
    async provision(
      caller: Caller,
      { id, ifMatch, first }: Provisioning,
      wanted: Provision,
    ): Promise<Provisioned> {
      const { add, remove, isWhole, fields } = wanted
      const changesMembers = isWhole || add.length + remove.length > 0
      if (id !== null && changesMembers) {
        const roles = await authority.rolesGivenBy(id)
        await authority.check(caller, roles, roles)
      }
      const groups = await store.listByIds([...add, ...remove])
      const nests = groups.length > 0 || (isWhole && id !== null && (await tree.listChildren(id)).length > 0)
      let done: Record<'added' | 'removed' | 'unknown', string[]> = { added: [], removed: [], unknown: [] }
      const also: AlsoWrite = {
        nests,
        async write(tx, row, givesRights) {
          await first?.(tx, row.id)
          if (!changesMembers) return row
          const written = await writeMembers(tx, caller, { row, givesRights }, wanted).catch(refuseErased)
          done = { added: written.added, removed: written.removed, unknown: written.unknown }
          if (givesRights) needs.rights.invalidate(tx, nests ? 'everyone' : [...done.added, ...done.removed])
          return written.row
        },
      }
      const group =
        id === null
          ? await service.create(caller, { ...fields, name: fields.name ?? '' }, also)
          : await service.patch(caller, { id, ifMatch, also }, fields)
      return { ...group, ...done }
    },
  }
}
