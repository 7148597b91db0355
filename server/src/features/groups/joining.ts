/** The groups of an import: users join them in the transaction that writes the users, and missing groups are created. */
import { type Caller, may } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import { AppError, isAppError } from '../../errors.ts'
import type { GroupAuthority } from './authority.ts'
import { type GroupRow, groupDefaults } from './group.ts'
import type { Membership } from './membership.ts'
import type { GroupsNeeds } from './needs.ts'
import type { GroupService } from './service.ts'
import type { GroupStores } from './stores.ts'

/** A user and the names of the user's groups. */
export type Joining = { userId: string; names: readonly string[] }
export type JoinOptions = {
  dryRun: boolean
  /** Whether users may join groups that give permissions; false when the names come from another system. */
  harmless: boolean
}
/** Adds users to groups. @returns for each user the notes about groups that were not joined */
export type JoinIn = (tx: Tx, caller: Caller, users: readonly Joining[]) => Promise<Map<string, string[]>>

type Parts = {
  authority: GroupAuthority
  membership: Membership
  service: Pick<GroupService, 'insertNew' | 'faultsOf'>
}

export function createJoining(
  needs: GroupsNeeds,
  { groups: store }: GroupStores,
  { authority, membership, service }: Parts,
) {
  const { fold } = needs.texts
  const listByName = async (keys: Iterable<string>, tx?: Tx) =>
    new Map((await store.listByNames([...keys], tx)).map((row) => [row.name_key, row]))

  /** The check before the transaction. @returns why users may not join the group */
  const refusalOf = async (
    caller: Caller,
    name: string,
    group: GroupRow | undefined,
    { harmless }: JoinOptions,
  ): Promise<string | undefined> => {
    if (!group) return (await service.faultsOf({ name }))[0]?.detail
    if (harmless && (await authority.givesPermissions(group.id))) return givesPermissions
    const roles = await authority.rolesGivenBy(group.id)
    return reasonOf(() => authority.check(caller, roles, roles))
  }

  const joinIn = async (
    tx: Tx,
    caller: Caller,
    groupId: string,
    { userIds, wasHarmless }: { userIds: readonly string[]; wasHarmless: boolean },
  ): Promise<void> => {
    const row = await membership.hold(tx, groupId)
    const givesRights = await authority.checkAgain(tx, caller, await authority.rolesGivenBy(row.id, tx))
    if (givesRights && wasHarmless) throw new AppError('permission_not_held', { detail: givesPermissions })
    await authority.needProven(tx, row.id, userIds)
    const { added } = await membership.write(tx, caller, row, { add: userIds, remove: [] })
    if (givesRights) needs.rights.invalidate(tx, added)
  }

  return {
    /** Reads groups by name before the transaction in which users join them. */
    async startJoining(caller: Caller, names: readonly string[], options: JoinOptions): Promise<JoinIn> {
      const nameOf = new Map(names.map((name) => [fold(name), name]))
      const mayJoin = may(caller, 'groups:write')
      const seen = mayJoin ? await listByName(nameOf.keys()) : new Map<string, GroupRow>()
      const refusals = new Map<string, string>()
      const harmless = new Set<string>()
      for (const [key, name] of nameOf) {
        const group = seen.get(key)
        const refusal = mayJoin ? await refusalOf(caller, name, group, options) : notAllowed
        if (refusal !== undefined) refusals.set(key, refusal)
        if (!group || !(await authority.givesPermissions(group.id))) harmless.add(key)
      }
      return async (tx, caller, users) => {
        const idsOf = new Map<string, string[]>()
        for (const { userId, names } of users)
          for (const key of new Set(names.map(fold))) idsOf.set(key, [...(idsOf.get(key) ?? []), userId])
        const open = [...idsOf.keys()].filter((key) => !refusals.has(key)).sort()
        const found = open.length === 0 || options.dryRun ? undefined : await listByName(open, tx)
        const reasons = new Map(refusals)
        if (found)
          for (const key of open) {
            const group =
              found.get(key) ??
              (await service.insertNew(tx, caller, { ...groupDefaults, name: nameOf.get(key)! }))
            const members = { userIds: idsOf.get(key)!, wasHarmless: harmless.has(key) }
            const reason = await reasonOf(() => joinIn(tx, caller, group.id, members))
            if (reason !== undefined) reasons.set(key, reason)
          }
        const notes = new Map<string, string[]>()
        for (const [key, ids] of idsOf) {
          const reason = reasons.get(key)
          if (reason === undefined) continue
          const note = `the group ${JSON.stringify(nameOf.get(key))} was not joined: ${reason}`
          for (const id of ids) notes.set(id, [...(notes.get(id) ?? []), note])
        }
        return notes
      }
    },
  }
}

const givesPermissions = 'it gives permissions'
const notAllowed = 'the caller lacks the permission groups:write.'

/** @returns why the caller may not; undefined after success */
async function reasonOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work()
  } catch (error) {
    if (!isAppError(error) || error.status >= 500) throw error
    return error.detail
  }
  return undefined
}
