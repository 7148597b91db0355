/** Creates groups and SCIM, with which companies connect their directories. */
import type { Database } from '../database/database.ts'
import { createGroups } from '../features/groups/feature.ts'
import { createScim } from '../features/scim/feature.ts'
import { faultOfText, foldCase } from '../features/users/names/text.ts'
import { checkUsername } from '../features/users/names/username.ts'
import { scimErrorBody } from '../http/scim.ts'

type GroupNeeds = Parameters<typeof createGroups>[0]
type ScimNeeds = Parameters<typeof createScim>[0]
type Needs = { database: Database } & Omit<GroupNeeds, 'texts'> & Omit<ScimNeeds, 'texts' | 'groups'>

export function createDirectory(needs: Needs) {
  const groups = createGroups({ ...needs, texts: { fold: foldCase, faultOf: faultOfText } })
  const texts = { fold: foldCase, isUsername: (text: string) => checkUsername(text, 'admin').ok }
  return { groups, scim: createScim({ ...needs, groups, texts }, scimErrorBody) }
}

type Named = { id: string; name: string }

/** The current state of users, with their direct groups. */
export async function withGroups<Snapshot extends object>(
  ids: readonly string[],
  snapshots: (ids: readonly string[]) => Promise<Map<string, Snapshot>>,
  groupsOf: (ids: readonly string[]) => Promise<Map<string, Named[]>>,
): Promise<Map<string, Snapshot & { groups: Named[] }>> {
  const [found, groups] = await Promise.all([snapshots(ids), groupsOf(ids)])
  return new Map([...found].map(([id, snapshot]) => [id, { ...snapshot, groups: groups.get(id) ?? [] }]))
}
