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
  const stores = { groups: createGroupStore(needs.database), tree: createGroupTreeStore(needs.database) }
  const authority = createGroupAuthority(needs, stores)
  const membership = createMembership(needs, stores)
  const service = createGroupService(needs, stores, authority, membership)
  const { insertNew: _, faultsOf: __, ...shared } = service
  return {
    ...shared,
    ...createGroupMembers(needs, stores, authority, membership),
    ...createJoining(needs, stores, { authority, membership, service }),
    ...createProvisioning(needs, stores, { authority, membership, service }),
  }
}
