/** Groups that an import names: its users join them, and those that are missing are made. */
import { type Caller, may } from '../../caller.ts'
import { isAppError } from '../../errors.ts'
import type { GroupAuthority } from './authority.ts'
import type { createGroupMembers } from './members.ts'
import type { GroupsNeeds } from './needs.ts'
import type { GroupService } from './service.ts'
import type { GroupStore } from './store.ts'

/** A user and the names of groups. */
export type Joining = { userId: string; names: readonly string[] }
export type JoinOptions = {
  dryRun: boolean
  /** Whether they may join groups that give permissions: not when the names come from another system. */
  harmless: boolean
}

export function createJoining(
  needs: GroupsNeeds,
  store: GroupStore,
  authority: GroupAuthority,
  members: Pick<ReturnType<typeof createGroupMembers>, 'changeMembers'>,
  service: Pick<GroupService, 'create'>,
) {
  const { fold } = needs.texts
  const listByName = async (names: Iterable<string>) =>
    new Map((await store.listByNames([...names].map(fold))).map((row) => [row.name_key, row.id]))

  /** @returns why they cannot join; undefined when they have */
  const join = async (
    caller: Caller,
    name: string,
    groupId: string | undefined,
    userIds: readonly string[],
    { dryRun, harmless }: JoinOptions,
  ): Promise<string | undefined> => {
    try {
      if (groupId !== undefined && harmless && (await authority.givesPermissions(groupId)))
        return 'it gives permissions'
      if (dryRun) return undefined
      const id = groupId ?? (await service.create(caller, { name })).group.id
      await members.changeMembers(caller, id, { add: userIds, remove: [] }, 'skip')
    } catch (error) {
      if (!isAppError(error) || error.status >= 500) throw error
      return error.detail
    }
    return undefined
  }

  return {
    /**
     * Adds users to groups by name.
     * @returns for each user what is to be told of groups that were not joined
     */
    async joinByName(
      caller: Caller,
      users: readonly Joining[],
      options: JoinOptions,
    ): Promise<Map<string, string[]>> {
      const joining = new Map<string, { name: string; userIds: string[] }>()
      for (const { userId, names } of users)
        for (const name of names) {
          const entry = joining.get(fold(name)) ?? { name, userIds: [] }
          entry.userIds.push(userId)
          joining.set(fold(name), entry)
        }
      const notes = new Map<string, string[]>()
      const tell = (userIds: readonly string[], note: string) => {
        for (const id of userIds) notes.set(id, [...(notes.get(id) ?? []), note])
      }
      const mayJoin = may(caller, 'groups:write')
      const known = mayJoin ? await listByName([...joining.values()].map(({ name }) => name)) : new Map()
      for (const [key, { name, userIds }] of joining) {
        const reason = mayJoin
          ? await join(caller, name, known.get(key), userIds, options)
          : 'the caller lacks the permission groups:write.'
        if (reason !== undefined) tell(userIds, `the group ${JSON.stringify(name)} was not joined: ${reason}`)
      }
      return notes
    },
  }
}
