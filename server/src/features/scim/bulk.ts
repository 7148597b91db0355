/**
 * Bulk requests (RFC 7644 §3.7): a list of operations. An operation may refer to resources that an earlier or later
 * operation creates.
 */
import { type Caller, need } from '../../caller.ts'
import { isJsonObject, type JsonObject } from '../../encoding/json-object.ts'
import { isOneOf } from '../../encoding/one-of.ts'
import { AppError, isAppError } from '../../errors.ts'
import { maxBulkOperations } from './discovery.ts'
import { parametersOf } from './query.ts'
import type { Resource } from './resource/read.ts'
import { scimError } from './scim-error.ts'
import type { ScimRequest, ScimService } from './service.ts'

type BulkOperation = {
  method: ScimRequest['method']
  bulkId: string | null
  path: string
  version: string | undefined
  data: unknown
}
type Result = {
  operation: BulkOperation
  status: number
  location?: string
  version?: string
  response?: unknown
}

const pathForm = /^\/(Users|Groups)(?:\/([^/?#]+))?$/
const types = ['Users', 'Groups'] as const
const verbs = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
const reference = /^bulkId:(.{1,200})$/

export function createBulk(scim: ScimService, errorBody: (error: AppError) => Resource) {
  const perform = async (
    caller: Caller,
    operation: BulkOperation,
    ids: Map<string, string>,
  ): Promise<Result> => {
    const [, type = '', id = null] = pathForm.exec(operation.path) ?? []
    if (!isOneOf(types, type) || (id === null) !== (operation.method === 'POST'))
      throw scimError('invalidPath', 'The path is /Users or /Groups, with an id unless the method is POST.')
    const answer = await scim.perform(caller, {
      method: operation.method,
      type,
      id: id === null ? null : String(resolved(id, ids)),
      body: resolved(operation.data, ids),
      ifMatch: operation.version,
      parameters: parametersOf(new URLSearchParams()),
    })
    const made = answer.body?.['id']
    if (operation.bulkId !== null && typeof made === 'string') ids.set(operation.bulkId, made)
    const location = answer.location ?? `${scim.base}/${type}/${id === null ? '' : String(resolved(id, ids))}`
    return {
      operation,
      status: answer.status,
      location,
      ...(answer.etag !== null && { version: answer.etag }),
    }
  }

  return async (caller: Caller, body: JsonObject): Promise<Resource> => {
    need(caller, 'scim:write')
    const { operations, failOnErrors } = readBulk(body)
    const ids = new Map<string, string>()
    const results: Result[] = []
    let [open, failures] = [operations, 0]
    const isFull = () => failOnErrors > 0 && failures >= failOnErrors
    while (open.length > 0 && !isFull()) {
      const ready = open.filter(({ path, data }) => namedIn([path, data]).every((name) => ids.has(name)))
      // The remaining operations refer to resources that were not created.
      const next = ready[0] ?? open[0]!
      open = open.filter((operation) => operation !== next)
      try {
        if (ready.length === 0)
          throw scimError('invalidValue', 'The bulkId of this operation was not created.')
        results.push(await perform(caller, next, ids))
      } catch (error) {
        if (!isAppError(error) || error.status >= 500) throw error
        failures += 1
        results.push({ operation: next, status: error.status, response: errorBody(error) })
      }
    }
    return {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
      Operations: results.map(({ operation, status, ...rest }) => ({
        method: operation.method,
        ...(operation.bulkId !== null && { bulkId: operation.bulkId }),
        ...rest,
        status: String(status),
      })),
    }
  }
}

function readBulk(body: JsonObject): { operations: BulkOperation[]; failOnErrors: number } {
  const { Operations: given, failOnErrors } = body
  if (!Array.isArray(given)) throw scimError('invalidSyntax', 'Operations is a list.')
  if (given.length > maxBulkOperations)
    throw new AppError('body_too_large', {
      detail: `A bulk request has at most ${maxBulkOperations} operations.`,
    })
  const operations = given.map((each): BulkOperation => {
    if (!isJsonObject(each)) throw scimError('invalidSyntax', 'An operation is an object.')
    const { method, bulkId, path, version, data } = each
    const verb = String(method).toUpperCase()
    if (!isOneOf(verbs, verb) || typeof path !== 'string')
      throw scimError('invalidSyntax', 'An operation has a method (POST, PUT, PATCH, DELETE) and a path.')
    if (verb === 'POST' && typeof bulkId !== 'string')
      throw scimError('invalidSyntax', 'POST needs a bulkId.')
    return {
      method: verb,
      bulkId: typeof bulkId === 'string' ? bulkId : null,
      path,
      version: typeof version === 'string' ? version : undefined,
      data,
    }
  })
  return { operations, failOnErrors: typeof failOnErrors === 'number' ? failOnErrors : 0 }
}

/** The bulkIds in a value, at any depth. */
function namedIn(value: unknown): string[] {
  if (typeof value === 'string') {
    const name = reference.exec(value.split('/').at(-1) ?? '')?.[1]
    return name === undefined ? [] : [name]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(namedIn)
}

/** The value with the ids of created resources. */
function resolved(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    const name = reference.exec(value)?.[1]
    return name === undefined ? value : (ids.get(name) ?? value)
  }
  if (Array.isArray(value)) return value.map((each) => resolved(each, ids))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolved(each, ids)]))
}
