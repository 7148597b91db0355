/** Groups through SCIM. Unknown members are ignored with a log line; the rest of the change is applied. */
import type { Caller } from '../../../caller.ts'
import type { Tx } from '../../../database/database.ts'
import type { JsonObject } from '../../../encoding/json-object.ts'
import type { IfMatch } from '../../../if-match.ts'
import type { Position } from '../../../page.ts'
import type { Group, VersionedGroup } from '../../groups/group.ts'
import { type Actor, needGroup, needNewGroup } from '../connections/authority.ts'
import type { ConnectionStore } from '../connections/store.ts'
import type { ScimNeeds } from '../needs.ts'
import { type Resource, readResource } from '../resource/read.ts'
import { groupType } from '../resource/types.ts'
import { scimError } from '../scim-error.ts'
import { versionTag } from '../users/user-resource.ts'
import { ignoredOf, type Shown } from '../users/user-service.ts'
import { type GroupChange, idsIn, readGroupChange } from './group-patch.ts'

const memberPage = 1000
const maxMembers = 50_000
const maxAnswered = 100

export type ScimGroups = ReturnType<typeof createScimGroups>

export function createScimGroups(
  needs: ScimNeeds,
  connections: Pick<ConnectionStore, 'ownerOfGroup' | 'ownGroup'>,
  base: string,
) {
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
  const resourceOf = ({ group, version }: VersionedGroup, members: Resource[] | null): Resource => ({
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
  /** Unknown ids of members are ignored. */
  const write = async (
    actor: Actor,
    id: string | null,
    ifMatch: IfMatch,
    change: GroupChange,
  ): Promise<string> => {
    const { caller, report, connectionId } = actor
    if (id === null) needNewGroup(actor)
    else await needGroup(actor, id, connections.ownerOfGroup)
    const { add, remove, isWhole } = change
    const fields = fieldsOf(change)
    const first = async (tx: Tx, groupId: string) => {
      if (id === null && connectionId !== null) await connections.ownGroup(tx, groupId, connectionId)
    }
    const wanted = { add, remove, isWhole, fields }
    const done = await groups.provision(caller, { id, ifMatch, first }, wanted)
    const ignored = ignoredOf(actor)
    for (const each of done.unknown) ignored(`members ${each}`)
    report.fields.push(...Object.keys(fields))
    report.added += done.added.length
    report.removed += done.removed.length
    return done.group.id
  }

  return {
    shown,

    /** Whether the group has too many users to answer a change with all of them. */
    async isLarge(caller: Caller, id: string): Promise<boolean> {
      const page = { limit: maxAnswered, direction: 'next', position: null } as const
      return (await groups.listMembers(caller, id, page)).next !== null
    },

    async allShown(caller: Caller, found: readonly (Group & { version: number })[], withMembers: boolean) {
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

    async create(actor: Actor, body: JsonObject): Promise<Shown> {
      const resource = readResource(groupType, body, ignoredOf(actor))
      actor.report.subject = textOrNull(resource['displayName'])
      const change: GroupChange = {
        displayName: nameOf(resource['displayName']),
        externalId: resource['externalId'] ?? null,
        isWhole: false,
        add: idsIn(resource['members']),
        remove: [],
      }
      return shown(actor.caller, await write(actor, null, null, change), true)
    },

    /** PUT: sets the members to those of the body. */
    async replace(actor: Actor, id: string, ifMatch: IfMatch, body: JsonObject): Promise<Shown> {
      const resource = readResource(groupType, body, ignoredOf(actor))
      const change: GroupChange = {
        displayName: resource['displayName'],
        externalId: resource['externalId'] ?? null,
        isWhole: true,
        add: idsIn(resource['members']),
        remove: [],
      }
      await write(actor, id, ifMatch, change)
      return shown(actor.caller, id, true)
    },

    /** Reads only the members in the operations. */
    async patch(actor: Actor, id: string, ifMatch: IfMatch, body: JsonObject): Promise<void> {
      const membersNow = () => membersOf(actor.caller, id)
      await write(actor, id, ifMatch, await readGroupChange(body, id, membersNow, ignoredOf(actor)))
    },

    async delete(actor: Actor, id: string, ifMatch: IfMatch): Promise<void> {
      await needGroup(actor, id, connections.ownerOfGroup)
      await groups.delete(actor.caller, id, ifMatch)
    },
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
