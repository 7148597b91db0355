/**
 * Lists of users through SCIM. The database evaluates the parts of a filter that our own filters can express; the rest is
 * compared with the resources, up to a limit.
 */
import type { Caller } from '../../../caller.ts'
import { fits } from '../filter/evaluate.ts'
import { type Comparison, parseScimFilter, type ScimFilter } from '../filter/filter.ts'
import { collectFitting, type Query, type Slice, type Slices } from '../list.ts'
import type { ScimNeeds } from '../needs.ts'
import { shows } from '../resource/projection.ts'
import { userType } from '../resource/types.ts'
import type { ScimStore } from '../store.ts'
import type { ScimUsers } from './user-service.ts'

type Narrowed = {
  filter: string[]
  group: string | undefined
  /** The part of the filter that the database does not evaluate. */
  rest: ScimFilter[]
  /** Whether no user can match. */
  isEmpty: boolean
}

const fieldOf: Readonly<Record<string, string>> = {
  id: 'id',
  externalId: 'external_id',
  'name.givenName': 'first_name',
  'name.familyName': 'last_name',
  'meta.created': 'created_at',
  'meta.lastModified': 'updated_at',
}
const sortOf: Readonly<Record<string, string>> = {
  id: 'created_at',
  'meta.created': 'created_at',
  'meta.lastModified': 'updated_at',
}
const maxFilter = 1800
const maxParts = 40

export function createUserSearch(needs: ScimNeeds, store: ScimStore, users: ScimUsers, slices: Slices) {
  const { texts } = needs

  /** The user with the name: in the directory, or else in Roster by username or address. */
  const findNamed = async (userName: string): Promise<string | undefined> => {
    const provisioned = await store.findByName(texts.fold(userName))
    if (provisioned !== undefined) return provisioned
    const found = await needs.users.findByName(userName)
    return found && (await store.find(found.id)) === undefined ? found.id : undefined
  }

  const narrow = async (filter: ScimFilter | null): Promise<Narrowed> => {
    const narrowed: Narrowed = { filter: [], group: undefined, rest: [], isEmpty: false }
    const parts = filter === null ? [] : filter.op === 'and' ? filter.items : [filter]
    for (const part of parts) {
      const path = 'path' in part ? part.path.join('.') : ''
      if (part.op === 'eq' && path === 'userName') {
        const id = await findNamed(String(part.value))
        if (id === undefined) narrowed.isEmpty = true
        else narrowed.filter.push(`id eq "${id}"`)
        continue
      }
      const address = addressIn(part)
      if (address !== undefined) narrowed.filter.push(`email eq ${JSON.stringify(address)}`)
      if (part.op === 'eq' && path === 'groups.value') {
        if (isUuid(String(part.value)) && narrowed.group === undefined) narrowed.group = String(part.value)
        else narrowed.isEmpty ||= !isUuid(String(part.value))
      }
      const text = textOf(part)
      if (text !== undefined) narrowed.filter.push(text)
      else narrowed.rest.push(part)
    }
    const whole = narrowed.filter.join(' and ')
    if (whole.length <= maxFilter && narrowed.filter.length <= maxParts) return narrowed
    return { ...narrowed, filter: [], rest: parts }
  }

  return async (caller: Caller, query: Query): Promise<Slice> => {
    const filter = query.filter === null ? null : parseScimFilter(userType, query.filter)
    const { filter: texts, group, rest, isEmpty } = await narrow(filter)
    if (isEmpty) return { resources: [], total: 0, next: null }
    const sort = query.sortBy === null ? 'created_at' : sortOf[query.sortBy.join('.')]
    const parameters = {
      ...(texts.length > 0 && { filter: texts.join(' and ') }),
      ...(group !== undefined && { group }),
      sort: `${query.descending && sort ? '-' : ''}${sort ?? 'created_at'}`,
    }
    const isPlain = rest.length === 0 && sort !== undefined
    const withGroups = !isPlain || shows(userType, query.projection, 'groups')
    const source = async (page: Parameters<ScimNeeds['users']['listVersioned']>[2]) => {
      const found = await needs.users.listVersioned(caller, parameters, page)
      const shown = await users.allShown(found.items, withGroups)
      return { ...found, items: shown.map(({ resource }) => resource) }
    }
    if (isPlain) return slices.ofPages(query, `users ${JSON.stringify(parameters)}`, source)
    const fitting = await collectFitting(source, (resource) => rest.every((part) => fits(part, resource)))
    return slices.ofResources(fitting, query)
  }
}

/** The address in a filter; the database can search only for the address of the account. */
function addressIn(filter: ScimFilter): string | undefined {
  if (filter.op === 'eq' && filter.path.join('.') === 'emails.value') return String(filter.value)
  if (filter.op !== 'element' || filter.path.join('.') !== 'emails') return undefined
  const parts = filter.filter.op === 'and' ? filter.filter.items : [filter.filter]
  const value = parts.find((part): part is Comparison => part.op === 'eq' && part.path.join('.') === 'value')
  return value && String(value.value)
}

/** The filter in the language of our own lists, if it means the same there. */
function textOf(filter: ScimFilter): string | undefined {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const parts = filter.items.map(textOf)
      return parts.includes(undefined) ? undefined : `(${parts.join(` ${filter.op} `)})`
    }
    case 'not': {
      const inner = textOf(filter.item)
      return inner === undefined ? undefined : `not (${inner})`
    }
    case 'element':
      return undefined
    case 'pr': {
      const field = fieldOf[filter.path.join('.')]
      return field && `${field} pr`
    }
    default: {
      const path = filter.path.join('.')
      if (path === 'active') return `active eq ${filter.value}`
      const field = fieldOf[path]
      if (field === undefined || (filter.type === 'dateTime' && /^(co|sw|ew)$/.test(filter.op)))
        return undefined
      return `${field} ${filter.op} ${JSON.stringify(filter.value)}`
    }
  }
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
}
