/** PATCH of a resource by its schema (RFC 7644 §3.5.2). Only attributes of the schema can be changed. */
import { isJsonObject, type JsonObject } from '../../../encoding/json-object.ts'
import { fits } from '../filter/evaluate.ts'
import { parsePath, type ScimFilter } from '../filter/filter.ts'
import { scimError } from '../scim-error.ts'
import { type Attribute, findPlace, type Place, type ResourceType } from './attribute.ts'
import {
  type Ignored,
  isNothing,
  memberOf,
  type Reading,
  type Resource,
  readMember,
  readValue,
} from './read.ts'

export type Operation =
  | { op: 'add' | 'replace'; path: null; value: JsonObject }
  | { op: 'add' | 'replace' | 'remove'; path: string; value: unknown }

/** The target of an operation. */
export type Target = Place & { filter: ScimFilter | null }

/** An operation that is applied to the members of its value. */
type Edit = Reading & { op: 'add' | 'replace' }
/** The value that a target gets. */
type Write = { op: 'add' | 'replace'; value: unknown; ignored: Ignored }

const maxOperations = 1000

/** The operations of a body. @throws invalidSyntax */
export function readOperations(body: JsonObject): Operation[] {
  const given = anyCase(body, 'operations')
  if (!Array.isArray(given) || given.length === 0 || given.length > maxOperations)
    throw scimError('invalidSyntax', `Operations is a list of 1 to ${maxOperations} operations.`)
  return given.map((each) => {
    const op = isJsonObject(each) ? String(anyCase(each, 'op')).toLowerCase() : ''
    if (!isJsonObject(each) || (op !== 'add' && op !== 'replace' && op !== 'remove'))
      throw scimError('invalidSyntax', 'The op of an operation is add, replace or remove.')
    const path = anyCase(each, 'path') ?? ''
    if (typeof path !== 'string') throw scimError('invalidPath', 'A path is a text.')
    const value = anyCase(each, 'value')
    if (path !== '') return { op, path, value }
    if (op === 'remove') throw scimError('noTarget', 'A remove operation needs a path.')
    if (!isJsonObject(value))
      throw scimError('invalidValue', 'Without a path the value is an object of attributes.')
    return { op, path: null, value }
  })
}

/** The value of a member, whose name may be in any case. */
function anyCase(object: JsonObject, name: string): unknown {
  return Object.entries(object).find(([each]) => each.toLowerCase() === name)?.[1]
}

/** The target of a path; undefined for an unknown attribute. @throws invalidPath, mutability */
export function targetOf(type: ResourceType, text: string): Target | { extension: string } | undefined {
  const whole = findPlace(type, text)
  if (whole && !('attribute' in whole)) return { extension: whole.id }
  // A filter in brackets about an unknown attribute would be refused as an invalid path.
  if (
    !whole &&
    findPlace(type, /^[^[]*/.exec(text)![0]) === undefined &&
    /^[A-Za-z][\w$:.-]*(\[|$)/.test(text)
  )
    return undefined
  const { path, filter, sub } = parsePath(type, text)
  const place = findPlace(type, sub === null ? path : `${path}.${sub}`)
  if (place === undefined || !('attribute' in place)) return undefined
  if (place.attribute.mutability === 'readOnly' || place.sub?.mutability === 'readOnly')
    throw scimError('mutability', `${place.attribute.name} is read-only.`)
  return { ...place, filter }
}

/** The resource after the operations. @throws invalidPath, invalidValue, noTarget, mutability */
export function patched(
  type: ResourceType,
  before: Resource,
  operations: readonly Operation[],
  ignored: Ignored,
): Resource {
  const resource = structuredClone(before)
  for (const operation of operations) apply({ type, resource, ignored }, operation)
  return resource
}

function apply(reading: Reading, { op, path, value }: Operation): void {
  const { type, resource, ignored } = reading
  if (path === null) {
    for (const [name, member] of Object.entries(value)) applyMember({ ...reading, op }, name, member)
    return
  }
  const target = targetOf(type, path)
  if (target === undefined) {
    ignored(path)
    return
  }
  if (!('attribute' in target)) {
    if (op === 'remove') resource[target.extension] = null
    else mergeExtension({ ...reading, op }, target.extension, value)
    return
  }
  const home = homeOf(resource, target.extension?.id ?? null)
  if (op === 'remove') remove(home, target, value)
  else set(home, target, { op, value, ignored })
}

/** Applies a member of the value of an operation without a path. */
function applyMember(edit: Edit, name: string, value: unknown): void {
  const { type, resource, op, ignored } = edit
  const place = findPlace(type, name)
  if (place && 'attribute' in place && place.attribute.mutability === 'readOnly') {
    // Directories send the id and the schemas too.
    if (place.attribute.name === 'schemas' || value === resource[place.attribute.name]) return
    throw scimError('mutability', `${place.attribute.name} is read-only.`)
  }
  if (place && !('attribute' in place)) mergeExtension(edit, place.id, value)
  else if (place)
    set(homeOf(resource, place.extension?.id ?? null), { ...place, filter: null }, { op, value, ignored })
  else ignored(name)
}

function mergeExtension(edit: Edit, id: string, value: unknown): void {
  const { type, resource, op, ignored } = edit
  if (!isJsonObject(value)) throw scimError('invalidValue', `${id} is an object.`)
  for (const [name, member] of Object.entries(value)) {
    const place = findPlace(type, `${id}:${name}`)
    if (place && 'attribute' in place)
      set(homeOf(resource, id), { ...place, filter: null }, { op, value: member, ignored })
    else readMember(edit, `${id}:${name}`, member)
  }
}

function homeOf(resource: Resource, extension: string | null): Resource {
  return extension === null ? resource : memberOf(resource, extension)
}

function remove(home: Resource, { attribute, sub, filter }: Target, value: unknown): void {
  const { name } = attribute
  if (filter !== null) {
    const elements = elementsOf(home, name)
    if (sub === null) home[name] = elements.filter((each) => !fits(filter, each))
    else for (const each of elements) if (fits(filter, each)) delete each[sub.name]
  } else if (sub !== null) {
    for (const each of elementsOf(home, name)) delete each[sub.name]
  } else if (attribute.multiValued && value !== undefined && value !== null) {
    // Entra removes elements by a list of their values.
    const gone = new Set([value].flat().map((each) => (isJsonObject(each) ? each['value'] : each)))
    home[name] = elementsOf(home, name).filter((each) => !gone.has(each['value']))
  } else home[name] = null
}

function set(home: Resource, { filter, ...place }: Target, write: Write): void {
  const { attribute, sub } = place
  const { op, value, ignored } = write
  if (filter !== null) {
    setElements(home, { ...place, filter }, write)
    return
  }
  if (sub !== null) {
    const read = readValue(sub, value, ignored)
    if (attribute.multiValued) for (const each of elementsOf(home, attribute.name)) each[sub.name] = read
    else homeOf(home, attribute.name)[sub.name] = read
    return
  }
  const read = readValue(attribute, value, ignored)
  if (attribute.multiValued && op === 'add') {
    const added = Array.isArray(read) ? read.filter(isJsonObject) : []
    home[attribute.name] = withOnePrimary(
      [...elementsOf(home, attribute.name), ...added].filter(isFirst),
      added.at(-1),
    )
  } else if (attribute.type === 'complex' && !attribute.multiValued && isJsonObject(read))
    home[attribute.name] = { ...homeOf(home, attribute.name), ...read }
  else home[attribute.name] = read
}

/** Sets the matching elements, or a sub-attribute of each. If `add` finds no element, it creates one, as Entra expects. */
function setElements(
  home: Resource,
  { attribute, sub, filter }: Place & { filter: ScimFilter },
  { op, value, ignored }: Write,
): void {
  const elements = elementsOf(home, attribute.name)
  const found = elements.filter((each) => fits(filter, each))
  const change = sub ? { [sub.name]: readValue(sub, value, ignored) } : readElement(attribute, value, ignored)
  if (found.length === 0) {
    const described = descriptionOf(filter)
    if (op !== 'add' || described === null)
      throw scimError('noTarget', `No value of ${attribute.name} fits the filter.`)
    found.push(described)
    elements.push(described)
  }
  for (const each of found) Object.assign(each, change)
  home[attribute.name] = withOnePrimary(elements, found.at(-1))
}

function readElement(attribute: Attribute, value: unknown, ignored: Ignored): Resource {
  const read = readValue(attribute, value, ignored)
  if (!Array.isArray(read) || read.length !== 1 || !isJsonObject(read[0]))
    throw scimError('invalidValue', `A value of ${attribute.name} is an object.`)
  return read[0]
}

/** The element that the filter describes; null when the filter contains more than equalities. */
function descriptionOf(filter: ScimFilter): Resource | null {
  if (filter.op === 'and') {
    const parts = filter.items.map(descriptionOf)
    return parts.includes(null) ? null : Object.assign({}, ...parts)
  }
  return filter.op === 'eq' && filter.path.length === 1 ? { [filter.path[0]!]: filter.value } : null
}

function elementsOf(home: Resource, name: string): Resource[] {
  const value = home[name]
  if (isNothing(value)) return []
  return [value].flat().filter(isJsonObject)
}

function isFirst(element: Resource, index: number, all: readonly Resource[]): boolean {
  const text = JSON.stringify(element)
  return all.findIndex((other) => JSON.stringify(other) === text) === index
}

/** Only one value is primary: the one that was set last. */
function withOnePrimary(elements: Resource[], latest: Resource | undefined): Resource[] {
  if (latest?.['primary'] === true)
    for (const each of elements) if (each !== latest && each['primary'] === true) each['primary'] = false
  return elements
}
