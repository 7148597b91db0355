/**
 * SCIM 2.0: users and groups for directories. A request contains a type and an optional id; a bulk request contains many
 * requests.
 */

import { type Caller, throughScim } from '../../caller.ts'
import { isJsonObject, type JsonObject } from '../../encoding/json-object.ts'
import type { Sealing } from '../../encoding/sealed-json.ts'
import { AppError, isAppError } from '../../errors.ts'
import type { Actor } from './connections/authority.ts'
import { emptyReport, type RequestLog } from './connections/request-log.ts'
import type { Connections } from './connections/service.ts'
import type { ConnectionStore } from './connections/store.ts'
import { parseScimFilter } from './filter/filter.ts'
import { createGroupSearch } from './groups/group-search.ts'
import { createScimGroups } from './groups/group-service.ts'
import { createSlices, type Query, type Slice } from './list.ts'
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

export function createScimService(
  needs: ScimNeeds & Sealing,
  connections: Pick<Connections, 'of'>,
  connectionStore: ConnectionStore,
  requests: Pick<RequestLog, 'note'>,
) {
  const base = `${needs.publicUrl}/scim/v2`
  const store = createScimStore(needs.database)
  const slices = createSlices(needs)
  const users = createScimUsers(needs, store, base)
  const groups = createScimGroups(needs, connectionStore, base)
  const searchUsers = createUserSearch(needs, store, users, slices)
  const searchGroups = createGroupSearch(needs, groups, slices)

  /** Handles a request by the rules of its connection, and logs the result. */
  const noting = async (
    caller: Caller,
    method: string,
    path: string,
    work: (actor: Actor) => Promise<ScimAnswer>,
  ): Promise<ScimAnswer> => {
    const { id, rules } = await connections.of(caller)
    const report = emptyReport()
    const note = (status: number, error?: unknown) => {
      if (id !== null) requests.note(id, { method, path, status, report, error })
    }
    try {
      const done = await work({ caller: throughScim(caller), connectionId: id, rules, report })
      const made = done.body?.['id']
      if (typeof made === 'string') report.resourceId = made
      note(done.status)
      return done
    } catch (error) {
      note(isAppError(error) ? error.status : 500, error)
      throw error
    } finally {
      if (report.ignored.size > 0)
        needs.log.info(
          {
            event: 'scim.ignored',
            names: [...report.ignored],
            api_key_id: caller.apiKeyId,
            request_id: caller.requestId,
          },
          'SCIM members ignored',
        )
    }
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

  const performOnUsers = async (actor: Actor, request: ScimRequest): Promise<ScimAnswer> => {
    const { method, id, ifMatch } = request
    const projection = readProjection(request.parameters)
    const expected = readIfMatch(ifMatch)
    if (id === null) return answer(userType, await users.create(actor, bodyOf(request)), 201, projection)
    if (method === 'GET') return answer(userType, await users.get(id), 200, projection)
    if (method === 'DELETE') {
      await users.delete(actor, id, expected)
      return nothing
    }
    const write = method === 'PUT' ? users.replace : users.patch
    return answer(userType, await write(actor, id, expected, bodyOf(request)), 200, projection)
  }

  const performOnGroups = async (actor: Actor, request: ScimRequest): Promise<ScimAnswer> => {
    const { method, id, ifMatch } = request
    const { caller } = actor
    const projection = readProjection(request.parameters)
    const expected = readIfMatch(ifMatch)
    if (id === null) return answer(groupType, await groups.create(actor, bodyOf(request)), 201, projection)
    const withMembers = shows(groupType, projection, 'members')
    if (method === 'GET')
      return answer(groupType, await groups.shown(caller, id, withMembers), 200, projection)
    if (method === 'DELETE') {
      await groups.delete(actor, id, expected)
      return nothing
    }
    if (method === 'PUT')
      return answer(groupType, await groups.replace(actor, id, expected, bodyOf(request)), 200, projection)
    await groups.patch(actor, id, expected, bodyOf(request))
    // The members of a large group are not returned after each change (RFC 7644 §3.5.2).
    const isAsked = projection.attributes.length > 0 || !withMembers
    if (!isAsked && (await groups.isLarge(caller, id))) return nothing
    return answer(groupType, await groups.shown(caller, id, withMembers), 200, projection)
  }

  return {
    base,

    async list(caller: Caller, type: ScimRequest['type'], parameters: Parameters): Promise<ScimAnswer> {
      return noting(caller, 'GET', `/${type}`, async (actor) => {
        const resourceType = type === 'Users' ? userType : groupType
        const query = readQuery(resourceType, parameters)
        const search = type === 'Users' ? searchUsers : searchGroups
        return listed(resourceType, query, await search(actor.caller, query))
      })
    },

    /** Users and groups in one list, the users first. An attribute that only one type has matches only that type. */
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
        // The attribute may belong to groups; a filter that is invalid for both types is refused below.
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

    /** Handles one request about a resource. */
    async perform(caller: Caller, request: ScimRequest): Promise<ScimAnswer> {
      if (request.id !== null && !/^[0-9a-f-]{36}$/i.test(request.id)) throw new AppError('not_found')
      const id = request.id?.toLowerCase() ?? null
      const path = `/${request.type}${id === null ? '' : `/${id}`}`
      const perform = request.type === 'Users' ? performOnUsers : performOnGroups
      return noting(caller, request.method, path, (actor) => {
        actor.report.resourceId = id
        return perform(actor, { ...request, id })
      })
    },
  }
}

function bodyOf({ body }: ScimRequest): JsonObject {
  if (isJsonObject(body)) return body
  throw scimError('invalidSyntax', 'A JSON object is required.')
}
