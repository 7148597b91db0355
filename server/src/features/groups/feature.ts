/** Creates the group feature: fields and members. */
import { createGroupAuthority } from './authority.ts'
import { createJoining } from './joining.ts'
import { createGroupMembers } from './members.ts'
import { createMembership } from './membership.ts'
import type { GroupsNeeds } from './needs.ts'
import { createProvisioning } from './provisioning.ts'
import { createGroupService } from './service.ts'
import { createGroupStore } from './store.ts'
import { createGroupTreeStore } from './tree-store.ts'

export type Groups = ReturnType<typeof createGroups>

export function createGroups(needs: GroupsNeeds) {
  const store = createGroupStore(needs.database)
  const tree = createGroupTreeStore(needs.database)
  const authority = createGroupAuthority(needs, store, tree)
  const membership = createMembership(needs, store, tree)
  const { insertNew, faultsOf, ...service } = createGroupService(needs, store, tree, authority, membership)
  const members = createGroupMembers(needs, store, tree, authority, membership)
  return {
    ...service,
    ...members,
    ...createJoining(needs, store, authority, membership, { insertNew, faultsOf }),
    ...createProvisioning(needs, store, tree, authority, membership, service),
  }
}
