/** `attributes` and `excludedAttributes` (RFC 7644 §3.9). */
import { isJsonObject } from '../../../encoding/json-object.ts'
import { type Attribute, findPlace, type ResourceType, topAttributes } from './attribute.ts'
import type { Resource } from './read.ts'
import { memberOf } from './read.ts'

export type Projection = { attributes: readonly string[]; excluded: readonly string[] }

/** Whether an answer can contain the attribute. */
export function shows(type: ResourceType, projection: Projection, name: string): boolean {
  const shown = project(type, { [name]: [{ value: '' }] }, projection)
  return name in shown
}

/** The resource with the requested attributes and those that are always returned. */
export function project(
  type: ResourceType,
  resource: Resource,
  { attributes, excluded }: Projection,
): Resource {
  const wanted = new Set(attributes.map((path) => path.toLowerCase()))
  let shown = resource
  for (const path of onRequest(type)) if (!wanted.has(path.toLowerCase())) shown = without(type, shown, path)
  if (attributes.length > 0) return only(type, shown, attributes)
  for (const path of excluded) shown = without(type, shown, path)
  return shown
}

/** Sub-attributes that are returned only on request. */
function onRequest(type: ResourceType): string[] {
  return topAttributes(type).flatMap(({ name, subAttributes = [] }) =>
    subAttributes.filter(({ returned }) => returned === 'request').map((sub) => `${name}.${sub.name}`),
  )
}

function only(type: ResourceType, resource: Resource, paths: readonly string[]): Resource {
  const shown: Resource = {}
  for (const { name, returned } of topAttributes(type))
    if (returned === 'always' && name in resource) shown[name] = resource[name]
  for (const path of paths) {
    const place = findPlace(type, path)
    if (place === undefined) continue
    if (!('attribute' in place)) {
      if (place.id in resource) shown[place.id] = resource[place.id]
      continue
    }
    const { extension, attribute, sub } = place
    const from = extension ? resource[extension.id] : resource
    if (!isJsonObject(from) || !(attribute.name in from)) continue
    const value = sub ? partOf(from[attribute.name], sub) : from[attribute.name]
    const to = extension ? memberOf(shown, extension.id) : shown
    to[attribute.name] = sub ? merged(to[attribute.name], value) : value
  }
  return shown
}

function without(type: ResourceType, resource: Resource, path: string): Resource {
  const place = findPlace(type, path)
  if (place === undefined) return resource
  if (!('attribute' in place)) return omit(resource, place.id)
  const { extension, attribute, sub } = place
  if (attribute.returned === 'always') return resource
  const edit = (from: Resource): Resource => {
    if (!sub) return omit(from, attribute.name)
    const value = from[attribute.name]
    const cut = Array.isArray(value)
      ? value.map((each) => (isJsonObject(each) ? omit(each, sub.name) : each))
      : isJsonObject(value)
        ? omit(value, sub.name)
        : value
    return attribute.name in from ? { ...from, [attribute.name]: cut } : from
  }
  if (!extension) return edit(resource)
  const inner = resource[extension.id]
  return isJsonObject(inner) ? { ...resource, [extension.id]: edit(inner) } : resource
}

function omit(resource: Resource, name: string): Resource {
  const { [name]: _, ...rest } = resource
  return rest
}

function partOf(value: unknown, { name }: Attribute): unknown {
  const part = (each: unknown) => (isJsonObject(each) && name in each ? { [name]: each[name] } : {})
  return Array.isArray(value) ? value.map(part) : part(value)
}

function merged(known: unknown, value: unknown): unknown {
  if (Array.isArray(known) && Array.isArray(value))
    return known.map((each, index) => merged(each, value[index]))
  return isJsonObject(known) && isJsonObject(value) ? { ...known, ...value } : value
}
