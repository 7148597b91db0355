/** The parameters of a list, from a query string or from the body of a search (RFC 7644 §3.4.2, §3.4.3). */

import type { JsonObject } from '../../encoding/json-object.ts'
import type { IfMatch } from '../../if-match.ts'
import type { Query } from './list.ts'
import { findPlace, type ResourceType } from './resource/attribute.ts'
import type { Projection } from './resource/projection.ts'
import { scimError } from './scim-error.ts'

export const maxCount = 200
const defaultCount = 100
const maxAttributes = 100

/** The value of a parameter; undefined without it. Unknown parameters are ignored, because directories send some. */
export type Parameters = (name: string) => string | undefined

export function parametersOf(search: URLSearchParams): Parameters {
  const given = new Map([...search].map(([name, value]) => [name.toLowerCase(), value]))
  return (name) => given.get(name.toLowerCase())
}

/** Reads the parameters from the body of a search. */
export function parametersIn(body: JsonObject): Parameters {
  const given = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]))
  return (name) => {
    const value = given.get(name.toLowerCase())
    if (value === undefined || value === null) return undefined
    return Array.isArray(value) ? value.map(String).join(',') : String(value)
  }
}

export function readProjection(parameter: Parameters): Projection {
  const names = (text: string | undefined) => {
    const list = (text ?? '').split(',').map((name) => name.trim())
    if (list.length > maxAttributes) throw scimError('invalidValue', `At most ${maxAttributes} attributes.`)
    return list.filter((name) => name !== '')
  }
  return { attributes: names(parameter('attributes')), excluded: names(parameter('excludedAttributes')) }
}

/** @throws invalidValue, invalidCount */
export function readQuery(type: ResourceType, parameter: Parameters): Query {
  const filter = parameter('filter')
  const cursor = parameter('cursor')
  const count = integer('count', parameter('count')) ?? defaultCount
  if (cursor !== undefined && (count < 1 || count > maxCount))
    throw scimError('invalidCount', `count is between 1 and ${maxCount}.`)
  return {
    filter: filter === undefined || filter.trim() === '' ? null : filter.trim(),
    sortBy: sortPath(type, parameter('sortBy')),
    descending: parameter('sortOrder')?.toLowerCase() === 'descending',
    startIndex: Math.max(1, integer('startIndex', parameter('startIndex')) ?? 1),
    count: Math.min(maxCount, Math.max(0, count)),
    cursor: cursor ?? null,
    projection: readProjection(parameter),
  }
}

function sortPath(type: ResourceType, name: string | undefined): Query['sortBy'] {
  if (name === undefined || name === '') return null
  const place = findPlace(type, name)
  if (place === undefined || !('attribute' in place))
    throw scimError('invalidPath', 'sortBy names no attribute.')
  const { extension, attribute, sub } = place
  const part = sub ?? attribute.subAttributes?.find((each) => each.name === 'value')
  return [...(extension ? [extension.id] : []), attribute.name, ...(part ? [part.name] : [])]
}

function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^-?\d{1,9}$/.test(text)) throw scimError('invalidValue', `${name} is a whole number.`)
  return Number(text)
}

/** The versions in `If-Match`; SCIM uses weak ETags. */
export function readIfMatch(header: string | undefined): IfMatch {
  if (header === undefined) return null
  if (header.trim() === '*') return '*'
  return [...header.matchAll(/(?:W\/)?"(\d{1,15})"/g)].map(([, version]) => Number(version))
}
