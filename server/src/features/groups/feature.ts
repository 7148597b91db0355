/** Groups, wired: their fields, and their members. */
import { createGroupAuthority } from './authority.ts'
import { createGroupMembers } from './members.ts'
import type { GroupsNeeds } from './needs.ts'
import { createGroupService } from './service.ts'
import { createGroupStore } from './store.ts'
import { createGroupTreeStore } from './tree-store.ts'

export type Groups = ReturnType<typeof createGroups>

export function createGroups(needs: GroupsNeeds) {
  const store = createGroupStore(needs.database)
  const tree = createGroupTreeStore(needs.database)
  const authority = createGroupAuthority(needs, store, tree)
  return {
    ...createGroupService(needs, store, tree, authority),
    ...createGroupMembers(needs, store, tree, authority),
  }
}
