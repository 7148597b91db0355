/** Checks bodies, query strings and path parameters against the schema of the route, strictly and without coercion. */
import type { FastifySchemaCompiler } from 'fastify'
import { Compile } from 'typebox/schema'
import { Settings } from 'typebox/system'
import { isJsonObject, type JsonObject } from '../../encoding/json-object.ts'
import { AppError, asError, invalidInput } from '../../errors.ts'
import { isUuid } from '../admission/access.ts'
import { faultsOf } from '../problems/faults.ts'
import { propertiesOf } from '../route-plan.ts'
import { registerFormats } from './formats.ts'
import { queryReader } from './query.ts'

type Result = { value: unknown } | { error: Error }
type Validator = (data: unknown) => Result

const maxErrors = 100

/** Creates the validators of a server. Each schema is compiled at its first use, so that the start is fast. */
export function validatorCompiler(): FastifySchemaCompiler<JsonObject> {
  registerFormats()
  Settings.Set({ maxErrors })
  return ({ schema, httpPart }) => {
    if (httpPart === 'body') return bodyValidator(schema)
    if (httpPart === 'params') return paramsValidator(schema)
    const read = queryReader(closed(schema))
    return guarded((query) => read(String(query)))
  }
}

/** The schema with closed objects: unknown members are faults, unless the schema allows them. */
export function closed(schema: JsonObject): JsonObject {
  const copy: JsonObject = {}
  for (const [keyword, value] of Object.entries(schema)) {
    copy[keyword] =
      keyword === 'default' || keyword === 'const' || keyword === 'enum' ? value : closedIn(value)
  }
  if (copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy)) {
    copy['additionalProperties'] = false
  }
  return copy
}

function closedIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedIn)
  return isJsonObject(value) ? closed(value) : value
}

/** An optional body, such as `DELETE` with an optional password. */
export function isOptional(schema: object): boolean {
  return '~optional' in schema && schema['~optional'] === true
}

function bodyValidator(schema: JsonObject): Validator {
  const mayBeAbsent = isOptional(schema)
  let validator: ReturnType<typeof Compile> | undefined
  return guarded((body) => {
    if (body === null || body === undefined) {
      if (mayBeAbsent) return undefined
      throw invalidInput([{ pointer: '', code: 'required', detail: 'A body is required.' }])
    }
    validator ??= Compile(closed(schema))
    if (!validator.Check(body)) throw invalidInput(faultsOf(validator.Errors(body)[1], 'unknown_field', body))
    return body
  })
}

/** An invalid path parameter is answered `not_found`. UUIDs are converted to lower case. */
function paramsValidator(schema: JsonObject): Validator {
  const properties = Object.entries(propertiesOf(schema))
  const ids = properties.filter(([, property]) => property['format'] === 'uuid').map(([name]) => name)
  let validator: ReturnType<typeof Compile> | undefined
  return guarded((data) => {
    const params = isJsonObject(data) ? data : {}
    for (const name of ids) {
      const id = String(params[name] ?? '')
      if (!isUuid(id)) throw new AppError('not_found')
      params[name] = id.toLowerCase()
    }
    if (ids.length === properties.length) return params
    validator ??= Compile(schema)
    if (!validator.Check(params)) throw new AppError('not_found')
    return params
  })
}

function guarded(check: (data: unknown) => unknown): Validator {
  return (data) => {
    try {
      return { value: check(data) }
    } catch (error) {
      return { error: asError(error) }
    }
  }
}
