/** Collects all faults of a body: those of its schema, and those of the feature for the valid members. */
import type { Caller } from '../../caller.ts'
import { isJsonObject, type JsonObject } from '../../encoding/json-object.ts'
import { AppError, type Fault, invalidInput } from '../../errors.ts'
import type { AnyRequest } from '../any-request.ts'

/** The faults that a feature finds in members with the right type; `params` are those of the path. */
export type BodyFaults = (
  caller: Caller,
  members: JsonObject,
  params: Record<string, string>,
) => Fault[] | Promise<Fault[]>

/** The parameters of a path. */
function textsIn(params: unknown): Record<string, string> {
  const members = isJsonObject(params) ? Object.entries(params) : []
  return Object.fromEntries(members.map(([name, value]) => [name, String(value)]))
}

/** The member of the body to which a pointer belongs. */
const memberOf = (pointer: string) => pointer.split('/', 2)[1]

/**
 * Refuses a body that does not match its schema, and adds the other faults, so that one answer names all of them. The
 * handler is not called.
 */
export function refuseWithAll(faultsOf: BodyFaults) {
  return async (request: AnyRequest & { validationError?: unknown }): Promise<void> => {
    const error = request.validationError
    if (error === undefined) return
    const { body } = request
    if (!(error instanceof AppError) || error.code !== 'invalid_input' || !isJsonObject(body)) throw error
    const found = error.errors ?? []
    const broken = new Set(found.map(({ pointer }) => memberOf(pointer)))
    const members = Object.fromEntries(Object.entries(body).filter(([name]) => !broken.has(name)))
    const more = await faultsOf(request.caller, members, textsIn(request.params))
    throw invalidInput([...found, ...more.filter(({ pointer }) => !broken.has(memberOf(pointer)))])
  }
}
