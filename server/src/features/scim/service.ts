/** SCIM 2.0: users and groups for directories. A request names a type and perhaps an id; bulk requests are many of them. */
import { type Caller, throughScim } from '../../caller.ts'
import { AppError, isAppError } from '../../errors.ts'
import { isJsonObject, type JsonObject } from '../../json-object.ts'
import { parseScimFilter } from './filter/filter.ts'
import { createGroupSearch } from './groups/group-search.ts'
import { createScimGroups } from './groups/group-service.ts'
import { createSlices, type Query, type Sealing, type Slice } from './list.ts'
import type { ScimNeeds } from './needs.ts'
import { type Parameters, readIfMatch, readProjection, readQuery } from './query.ts'
import type { ResourceType } from './resource/attribute.ts'
import { type Projection, project, shows } from './resource/projection.ts'
import type { Resource } from './resource/read.ts'
import { groupType, userType } from './resource/types.ts'
import { scimError } from './scim-error.ts'
import { createScimStore } from './store.ts'
import { versionTag } from './users/user-resource.ts'
import { createUserSearch } from './users/user-search.ts'
import { createScimUsers, type Shown } from './users/user-service.ts'

export type ScimRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  type: 'Users' | 'Groups'
  id: string | null
  body: unknown
  ifMatch: string | undefined
  parameters: Parameters
}
export type ScimAnswer = {
  status: number
  body: Resource | null
  etag: string | null
  location: string | null
}

export type ScimService = ReturnType<typeof createScimService>

const listMessage = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const maxIgnored = 20

export function createScimService(needs: ScimNeeds & Sealing) {
  const base = `${needs.publicUrl}/scim/v2`
  const store = createScimStore(needs.database)
  const slices = createSlices(needs)
  const users = createScimUsers(needs, store, base)
  const groups = createScimGroups(needs, base)
  const searchUsers = createUserSearch(needs, store, users, slices)
  const searchGroups = createGroupSearch(needs, groups, slices)

  /** Notes what of a request was ignored in one line of the log. */
  const noting = async <T>(
    caller: Caller,
    work: (ignored: (name: string) => void) => Promise<T>,
  ): Promise<T> => {
    const names = new Set<string>()
    const done = await work((name) => {
      if (names.size < maxIgnored) names.add(name.slice(0, 100))
    })
    if (names.size > 0)
      needs.log.info(
        {
          event: 'scim.ignored',
          names: [...names],
          api_key_id: caller.apiKeyId,
          request_id: caller.requestId,
        },
        'SCIM members ignored',
      )
    return done
  }
  const answer = (
    type: ResourceType,
    { resource, version }: Shown,
    status: number,
    projection: Projection,
  ): ScimAnswer => ({
    status,
    body: project(type, resource, projection),
    etag: versionTag(version),
    location: `${base}${type.endpoint}/${resource['id']}`,
  })
  const nothing: ScimAnswer = { status: 204, body: null, etag: null, location: null }
  const listed = (type: ResourceType, query: Query, { resources, total, next }: Slice): ScimAnswer => {
    const shown = resources.map((resource) => project(type, resource, query.projection))
    const body = {
      schemas: [listMessage],
      totalResults: total,
      itemsPerPage: shown.length,
      ...(query.cursor === null ? { startIndex: query.startIndex } : next !== null && { nextCursor: next }),
      Resources: shown,
    }
    return { status: 200, body, etag: null, location: null }
  }

  const performOnUsers = async (caller: Caller, request: ScimRequest): Promise<ScimAnswer> => {
    const { method, id, ifMatch } = request
    const projection = readProjection(request.parameters)
    const expected = readIfMatch(ifMatch)
    if (id === null) {
      const made = await noting(caller, (ignored) => users.create(caller, bodyOf(request), ignored))
      return answer(userType, made, 201, projection)
    }
    if (method === 'GET') return answer(userType, await users.get(id), 200, projection)
    if (method === 'DELETE') {
      await users.delete(caller, id, expected)
      return nothing
    }
    const write = method === 'PUT' ? users.replace : users.patch
    const done = await noting(caller, (ignored) => write(caller, id, expected, bodyOf(request), ignored))
    return answer(userType, done, 200, projection)
  }

  const performOnGroups = async (caller: Caller, request: ScimRequest): Promise<ScimAnswer> => {
    const { method, id, ifMatch } = request
    const projection = readProjection(request.parameters)
    const expected = readIfMatch(ifMatch)
    if (id === null) {
      const made = await noting(caller, (ignored) => groups.create(caller, bodyOf(request), ignored))
      return answer(groupType, made, 201, projection)
    }
    const withMembers = shows(groupType, projection, 'members')
    if (method === 'GET')
      return answer(groupType, await groups.shown(caller, id, withMembers), 200, projection)
    if (method === 'DELETE') {
      await groups.delete(caller, id, expected)
      return nothing
    }
    if (method === 'PUT') {
      const done = await noting(caller, (ignored) =>
        groups.replace(caller, id, expected, bodyOf(request), ignored),
      )
      return answer(groupType, done, 200, projection)
    }
    await noting(caller, (ignored) => groups.patch(caller, id, expected, bodyOf(request), ignored))
    // The members of a large group are not sent back for each of them that is added (RFC 7644 §3.5.2).
    if (projection.attributes.length === 0) return nothing
    return answer(groupType, await groups.shown(caller, id, withMembers), 200, projection)
  }

  return {
    base,

    async list(caller: Caller, type: ScimRequest['type'], parameters: Parameters): Promise<ScimAnswer> {
      const reader = throughScim(caller)
      const resourceType = type === 'Users' ? userType : groupType
      const query = readQuery(resourceType, parameters)
      const search = type === 'Users' ? searchUsers : searchGroups
      return listed(resourceType, query, await search(reader, query))
    },

    /** Users and groups in one list, the users first. An attribute that only one of them has fits only that one. */
    async searchAll(caller: Caller, parameters: Parameters): Promise<ScimAnswer> {
      const reader = throughScim(caller)
      const search = async (type: ResourceType, parameter: Parameters) => {
        try {
          const query = readQuery(type, parameter)
          const find = type === userType ? searchUsers : searchGroups
          const { resources, total } = await find(reader, { ...query, sortBy: null, cursor: null })
          return { total, shown: resources.map((resource) => project(type, resource, query.projection)) }
        } catch (error) {
          const isOther = isAppError(error) && error.members?.['scimType'] === 'invalidFilter'
          if (!isOther || type === userType) throw error
          return { total: 0, shown: [] }
        }
      }
      const { startIndex, count } = readQuery(userType, (name) =>
        name === 'filter' ? undefined : parameters(name),
      )
      const from = (start: number, atMost: number) => (name: string) =>
        name === 'startIndex' ? String(start) : name === 'count' ? String(atMost) : parameters(name)
      const users = await search(userType, from(startIndex, count)).catch(async (error) => {
        // Perhaps an attribute of groups; a filter that neither understands is refused below.
        if (!isAppError(error) || error.members?.['scimType'] !== 'invalidFilter') throw error
        parseScimFilter(groupType, String(parameters('filter')))
        return { total: 0, shown: [] }
      })
      const left = count - users.shown.length
      const groups = await search(groupType, from(Math.max(1, startIndex - users.total), left))
      const resources = [...users.shown, ...groups.shown]
      const body = {
        schemas: [listMessage],
        totalResults: users.total + groups.total,
        itemsPerPage: resources.length,
        startIndex,
        Resources: resources,
      }
      return { status: 200, body, etag: null, location: null }
    },

    /** One request about a resource. */
    async perform(caller: Caller, request: ScimRequest): Promise<ScimAnswer> {
      if (request.id !== null && !/^[0-9a-f-]{36}$/i.test(request.id)) throw new AppError('not_found')
      const lower = { ...request, id: request.id?.toLowerCase() ?? null }
      const perform = request.type === 'Users' ? performOnUsers : performOnGroups
      return perform(throughScim(caller), lower)
    },
  }
}

function bodyOf({ body }: ScimRequest): JsonObject {
  if (isJsonObject(body)) return body
  throw scimError('invalidSyntax', 'A JSON object is required.')
}
