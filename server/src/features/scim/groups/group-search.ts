/** Lists of groups through SCIM. */
import type { Caller } from '../../../caller.ts'
import { isAppError } from '../../../errors.ts'
import type { Page } from '../../../page.ts'
import type { Group } from '../../groups/group.ts'
import { fits } from '../filter/evaluate.ts'
import { parseScimFilter, type ScimFilter } from '../filter/filter.ts'
import { collectFitting, type Found, type Query, type Slice, type Slices } from '../list.ts'
import type { ScimNeeds } from '../needs.ts'
import { shows } from '../resource/projection.ts'
import type { Resource } from '../resource/read.ts'
import { groupType } from '../resource/types.ts'
import type { ScimGroups } from './group-service.ts'

const empty = { resources: [], total: 0, next: null }
const maxOfUser = 1000

export function createGroupSearch(needs: ScimNeeds, groups: ScimGroups, slices: Slices) {
  /** The one group that a comparison can match, as a list. */
  const findOne = async (caller: Caller, id: string): Promise<Resource[]> => {
    try {
      return [(await groups.shown(caller, id, true)).resource]
    } catch (error) {
      if (isAppError(error) && error.code === 'not_found') return []
      throw error
    }
  }
  const ofUser = async (caller: Caller, userId: string): Promise<Resource[]> => {
    const page = await needs.groups
      .listOfUser(userId, { limit: maxOfUser, direction: 'next', position: null })
      .catch((error) => {
        if (isAppError(error) && error.code === 'not_found') return { items: [] }
        throw error
      })
    const resources: Resource[] = []
    for (const { id, direct } of page.items) if (direct) resources.push(...(await findOne(caller, id)))
    return resources
  }
  /** The conditions for the database, and whether they cover the complete filter. */
  const narrow = (parts: readonly ScimFilter[]) => {
    const wanted: { name?: string; external_id?: string } = {}
    const rest = parts.filter((part) => {
      const path = 'path' in part ? part.path.join('.') : ''
      if (part.op !== 'eq' || String(part.value) === '') return true
      if (path === 'displayName' && wanted.name === undefined) wanted.name = String(part.value)
      else if (path === 'externalId' && wanted.external_id === undefined)
        wanted.external_id = String(part.value)
      else return true
      return false
    })
    return { wanted, rest }
  }

  return async (caller: Caller, query: Query): Promise<Slice> => {
    const filter = query.filter === null ? null : parseScimFilter(groupType, query.filter)
    const parts = filter === null ? [] : filter.op === 'and' ? filter.items : [filter]
    const wantedAt = (path: string) => {
      const part = parts.find((each) => each.op === 'eq' && each.path.join('.') === path)
      return part?.op === 'eq' ? String(part.value).toLowerCase() : undefined
    }
    const [id, member] = [wantedAt('id'), memberIn(parts) ?? wantedAt('members.value')]
    const isFitting = (resource: Resource) => parts.every((part) => fits(part, resource))
    if (id !== undefined || member !== undefined) {
      const key = id ?? member!
      if (!/^[0-9a-f-]{36}$/.test(key)) return empty
      const found = id === undefined ? await ofUser(caller, key) : await findOne(caller, key)
      return slices.ofResources(found.filter(isFitting), query)
    }
    const { wanted, rest } = narrow(parts)
    const isByName = query.sortBy === null || (query.sortBy.join('.') === 'displayName' && !query.descending)
    const isPlain = rest.length === 0 && isByName
    const withMembers = asksForMembers(rest) || shows(groupType, query.projection, 'members')
    const source = async (page: Parameters<ScimNeeds['groups']['list']>[2]): Promise<Found> => {
      const found: Page<Group> & { versions: number[] } = await needs.groups.list(caller, wanted, page)
      const items = found.items.map((group, index) => ({ ...group, version: found.versions[index]! }))
      return { ...found, items: await groups.allShown(caller, items, withMembers) }
    }
    if (isPlain) return slices.ofPages(query, `groups ${JSON.stringify(wanted)}`, source)
    return slices.ofResources(
      await collectFitting(source, (each) => rest.every((part) => fits(part, each))),
      query,
    )
  }
}

/** The user in `members[value eq "…"]`. */
function memberIn(parts: readonly ScimFilter[]): string | undefined {
  for (const part of parts) {
    if (part.op !== 'element' || part.path.join('.') !== 'members') continue
    if (part.filter.op === 'eq' && part.filter.path.join('.') === 'value')
      return String(part.filter.value).toLowerCase()
  }
  return undefined
}

function asksForMembers(parts: readonly ScimFilter[]): boolean {
  return parts.some((part) => {
    if (part.op === 'not') return asksForMembers([part.item])
    if (part.op === 'and' || part.op === 'or') return asksForMembers(part.items)
    return 'path' in part && part.path[0] === 'members'
  })
}
