/** Groups through SCIM. Members that nobody knows are left out with a line in the log; the rest of a push goes on. */
import type { Caller } from '../../../caller.ts'
import type { IfMatch } from '../../../if-match.ts'
import type { JsonObject } from '../../../json-object.ts'
import type { Position } from '../../../page.ts'
import type { ScimGroup, ScimNeeds, VersionedScimGroup } from '../needs.ts'
import { type Ignored, type Resource, readResource } from '../resource/read.ts'
import { groupType } from '../resource/types.ts'
import { scimError } from '../scim-error.ts'
import { versionTag } from '../users/user-resource.ts'
import type { Shown } from '../users/user-service.ts'
import { type GroupChange, idsIn, readGroupChange } from './group-patch.ts'

const memberPage = 1000
const maxMembers = 50_000

export type ScimGroups = ReturnType<typeof createScimGroups>

export function createScimGroups(needs: ScimNeeds, base: string) {
  const { groups } = needs

  const membersOf = async (caller: Caller, id: string): Promise<Resource[]> => {
    const members: Resource[] = []
    for (let position: Position | null = null; ; ) {
      const page: Awaited<ReturnType<typeof groups.listMembers>> = await groups.listMembers(caller, id, {
        limit: memberPage,
        direction: 'next',
        position,
      })
      for (const { user_id, username } of page.items)
        members.push({ value: user_id, $ref: `${base}/Users/${user_id}`, type: 'User', display: username })
      if (members.length > maxMembers)
        throw scimError('tooMany', 'The group is too large. Ask with excludedAttributes=members.')
      if (page.next === null) break
      position = page.next
    }
    for (const child of await groups.listChildren(caller, id))
      members.push({
        value: child.id,
        $ref: `${base}/Groups/${child.id}`,
        type: 'Group',
        display: child.name,
      })
    return members
  }
  const resourceOf = ({ group, version }: VersionedScimGroup, members: Resource[] | null): Resource => ({
    schemas: [groupType.schema.id],
    id: group.id,
    ...(group.external_id !== null && { externalId: group.external_id }),
    displayName: group.name,
    ...(members !== null && members.length > 0 && { members }),
    meta: {
      resourceType: 'Group',
      created: group.created_at,
      lastModified: group.updated_at,
      location: `${base}/Groups/${group.id}`,
      version: versionTag(version),
    },
  })
  const shown = async (caller: Caller, id: string, withMembers: boolean): Promise<Shown> => {
    const found = await groups.get(caller, id)
    const members = withMembers ? await membersOf(caller, id) : null
    return { resource: resourceOf(found, members), version: found.version }
  }
  /** Adds and removes members, users and groups; ids that are neither are ignored. */
  const changeMembers = async (
    caller: Caller,
    id: string,
    { add, remove }: { add: readonly string[]; remove: readonly string[] },
    ignored: Ignored,
  ): Promise<void> => {
    if (add.length + remove.length === 0) return
    const kinds = await groups.kindsOf([...add, ...remove])
    const isGroup = (each: string) => kinds.groups.has(each)
    for (const each of add) if (!kinds.users.has(each) && !isGroup(each)) ignored(`members ${each}`)
    const users = (ids: readonly string[]) => ids.filter((each) => !isGroup(each))
    const changes = { add: users(add), remove: users(remove) }
    if (changes.add.length + changes.remove.length > 0)
      await groups.changeMembers(caller, id, changes, 'skip', null)
    for (const each of remove.filter(isGroup)) await groups.removeGroup(caller, id, each)
    for (const each of add.filter(isGroup)) await groups.addGroup(caller, id, each)
  }
  const apply = async (
    caller: Caller,
    id: string,
    ifMatch: IfMatch,
    change: GroupChange,
    ignored: Ignored,
  ): Promise<void> => {
    const { group } = await groups.patch(caller, id, ifMatch, fieldsOf(change))
    if (!change.isWhole) return changeMembers(caller, group.id, change, ignored)
    const present = (await membersOf(caller, id)).map(({ value }) => String(value))
    const wanted = new Set(change.add)
    await changeMembers(
      caller,
      id,
      {
        add: change.add.filter((each) => !present.includes(each)),
        remove: present.filter((each) => !wanted.has(each)),
      },
      ignored,
    )
  }

  return {
    shown,

    async allShown(
      caller: Caller,
      found: readonly (ScimGroup & { version: number })[],
      withMembers: boolean,
    ) {
      const all: Resource[] = []
      let count = 0
      for (const { version, ...group } of found) {
        const members = withMembers ? await membersOf(caller, group.id) : null
        count += members?.length ?? 0
        if (count > maxMembers)
          throw scimError('tooMany', 'These groups are too large. Ask with excludedAttributes=members.')
        all.push(resourceOf({ group, version }, members))
      }
      return all
    },

    async create(caller: Caller, body: JsonObject, ignored: Ignored): Promise<Shown> {
      const resource = readResource(groupType, body, ignored)
      const { group } = await groups.create(caller, {
        name: nameOf(resource['displayName']),
        external_id: textOrNull(resource['externalId']),
      })
      await changeMembers(caller, group.id, { add: idsIn(resource['members']), remove: [] }, ignored)
      return shown(caller, group.id, true)
    },

    /** PUT: the members are those of the body. */
    async replace(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      body: JsonObject,
      ignored: Ignored,
    ): Promise<Shown> {
      const resource = readResource(groupType, body, ignored)
      const change: GroupChange = {
        displayName: resource['displayName'],
        externalId: resource['externalId'] ?? null,
        isWhole: true,
        add: idsIn(resource['members']),
        remove: [],
      }
      await apply(caller, id, ifMatch, change, ignored)
      return shown(caller, id, true)
    },

    /** Reads only those members that the operations are about. */
    async patch(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      body: JsonObject,
      ignored: Ignored,
    ): Promise<void> {
      const change = await readGroupChange(body, id, () => membersOf(caller, id), ignored)
      await apply(caller, id, ifMatch, change, ignored)
    },

    delete: (caller: Caller, id: string, ifMatch: IfMatch) => groups.delete(caller, id, ifMatch),
  }
}

function fieldsOf({ displayName, externalId }: GroupChange) {
  return {
    ...(displayName !== undefined && { name: nameOf(displayName) }),
    ...(externalId !== undefined && { external_id: textOrNull(externalId) }),
  }
}

function nameOf(value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw scimError('invalidValue', 'displayName is required.')
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
