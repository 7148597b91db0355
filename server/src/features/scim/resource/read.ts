/**
 * Parses bodies to resources: canonical names, values of the right type, and only attributes of the schemas. Deviations
 * of directories from the standard are accepted: booleans as text, one value instead of a list, dotted names.
 */
import { isJsonObject, type JsonObject } from '../../../encoding/json-object.ts'
import { scimError } from '../scim-error.ts'
import {
  type Attribute,
  findPlace,
  named,
  type ResourceType,
  type Schema,
  topAttributes,
} from './attribute.ts'

export type Resource = Record<string, unknown>

/** Called with the names of ignored attributes. */
export type Ignored = (name: string) => void

/** A resource that is read from a body. */
export type Reading = { type: ResourceType; resource: Resource; ignored: Ignored }

const maxText = 2048
const maxValues = 50

/** The resource in a body, with the attributes that clients may write. */
export function readResource(type: ResourceType, body: JsonObject, ignored: Ignored): Resource {
  const resource: Resource = {}
  for (const [name, value] of Object.entries(body)) readMember({ type, resource, ignored }, name, value)
  // The address may come from the userName, and a new user is active.
  for (const { name, required, type: kind, multiValued } of topAttributes(type))
    if (required && kind === 'string' && !multiValued && isNothing(resource[name]))
      throw scimError('invalidValue', `${name} is required.`)
  return resource
}

/** Sets the value of a member of a body; read-only attributes are ignored (RFC 7644 §3.5.1). */
export function readMember({ type, resource, ignored }: Reading, name: string, value: unknown): void {
  const place = findPlace(type, name)
  if (place === undefined) {
    ignored(name)
    return
  }
  if (!('attribute' in place)) {
    if (value !== null && !isJsonObject(value)) throw scimError('invalidValue', `${place.id} is an object.`)
    resource[place.id] = value && readMembers(place.attributes, value, ignored)
    return
  }
  const { extension, attribute, sub } = place
  if (attribute.mutability === 'readOnly') return
  const home = extension ? memberOf(resource, extension.id) : resource
  if (sub === null) home[attribute.name] = readValue(attribute, value, ignored)
  else memberOf(home, attribute.name)[sub.name] = readValue(sub, value, ignored)
}

/** The canonical form of a value of the attribute; null for no value. @throws invalidValue */
export function readValue(attribute: Attribute, value: unknown, ignored: Ignored): unknown {
  if (value === null || value === undefined) return null
  if (!attribute.multiValued) return readSingle(attribute, value, ignored)
  const values = Array.isArray(value) ? value : [value]
  if (values.length > maxValues && attribute.name !== 'members')
    throw scimError('invalidValue', `${attribute.name} has at most ${maxValues} values.`)
  const read = values.map((each) => readSingle(attribute, each, ignored))
  return read.length === 0 ? null : read
}

function readSingle(attribute: Attribute, value: unknown, ignored: Ignored): unknown {
  const { name, type, subAttributes } = attribute
  if (type === 'complex') {
    const given = isJsonObject(value) ? value : { value }
    if (!isJsonObject(value) && !named(subAttributes ?? [], 'value'))
      throw scimError('invalidValue', `${name} is an object.`)
    return readMembers(subAttributes ?? [], given, ignored, name)
  }
  if (type === 'boolean') return readBoolean(name, value)
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw scimError('invalidValue', `${name} is a text.`)
  const text = String(value)
  if (text.length > maxText) throw scimError('invalidValue', `${name} has at most ${maxText} characters.`)
  return text
}

function readBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  if (text === 'true' || text === 'false') return text === 'true'
  throw scimError('invalidValue', `${name} is true or false.`)
}

function readMembers(
  attributes: readonly Attribute[],
  given: JsonObject,
  ignored: Ignored,
  parent?: string,
): Resource {
  const read: Resource = {}
  for (const [name, value] of Object.entries(given)) {
    const attribute = named(attributes, name)
    if (!attribute) ignored(parent === undefined ? name : `${parent}.${name}`)
    else if (value !== null) read[attribute.name] = readValue(attribute, value, ignored)
  }
  return read
}

/** The object with this name in the resource; it is created if it is missing. */
export function memberOf(resource: Resource, name: string): Resource {
  const known = resource[name]
  if (isJsonObject(known)) return known
  const made: Resource = {}
  resource[name] = made
  return made
}

/** Removes members without a value. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing)
  return isJsonObject(value) ? withoutNothingIn(value) : value
}

export function withoutNothingIn(resource: JsonObject): JsonObject {
  const kept = Object.entries(resource)
    .map(([name, member]) => [name, withoutNothing(member)] as const)
    .filter(([, member]) => !isNothing(member))
  return Object.fromEntries(kept)
}

export function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.keys(value).length === 0
}

/** The schemas that a resource uses. */
export function schemasOf(type: ResourceType, resource: Resource): string[] {
  const used = type.extensions.filter(({ id }: Schema) => !isNothing(resource[id]))
  return [type.schema.id, ...used.map(({ id }) => id)]
}
