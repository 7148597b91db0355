/** The shared components of the OpenAPI document. A schema with an `$id` becomes a named component. */
import { isJsonObject, type JsonObject } from '../../encoding/json-object.ts'

export type Components = {
  schemas: Record<string, unknown>
  responses: Record<string, unknown>
  /** The name of the response for a list of error codes, joined by spaces. */
  responseNames: Map<string, string>
}

export function newComponents(): Components {
  return { schemas: {}, responses: {}, responseNames: new Map() }
}

/**
 * The schema for the document: every named schema in it, including itself, is a reference to the components, and unions
 * have the form that client generators support. The keyword `x-openapi` has keywords for the document only.
 */
export function reference(schema: JsonObject, components: Components): JsonObject {
  const { $id, 'x-openapi': documented, ...shown } = schema
  const copy = simplified(
    Object.fromEntries(
      Object.entries({ ...shown, ...(isJsonObject(documented) && documented) })
        .filter(([, value]) => value !== undefined)
        .map(([keyword, value]) => [keyword, isData(keyword) ? value : referenceIn(value, components)]),
    ),
  )
  if (typeof $id !== 'string') return copy
  const known = components.schemas[$id]
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(copy))
    throw new Error(`Two schemas have the name ${$id}.`)
  components.schemas[$id] = copy
  return { $ref: `#/components/schemas/${$id}` }
}

function referenceIn(value: unknown, components: Components): unknown {
  if (Array.isArray(value)) return value.map((item) => referenceIn(item, components))
  return isJsonObject(value) ? reference(value, components) : value
}

type Shown = JsonObject

/** Keywords whose value is not a schema. */
function isData(keyword: string): boolean {
  return keyword === 'examples' || keyword === 'default' || keyword === 'enum' || keyword === 'const'
}

/** `enum` instead of a union of constants, `type: [..., 'null']` instead of a union with null. */
function simplified(schema: Shown): Shown {
  if (typeof schema['const'] === 'string') {
    const { const: value, ...rest } = schema
    return { ...rest, type: 'string', enum: [value] }
  }
  if (Array.isArray(schema['enum']) && schema['type'] === undefined) return { type: 'string', ...schema }
  if (!Array.isArray(schema['anyOf'])) return schema
  const { anyOf, ...rest } = schema
  const members = anyOf.filter(isJsonObject)
  if (members.every(isConstant)) {
    return { ...rest, type: 'string', enum: members.flatMap((member) => member['enum']) }
  }
  const others = members.filter((member) => member['type'] !== 'null')
  const [other] = others
  if (!other || others.length !== 1 || members.length !== 2 || typeof other['type'] !== 'string')
    return schema
  const values = other['enum']
  return {
    ...other,
    ...rest,
    type: [other['type'], 'null'],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  }
}

function isConstant(member: Shown): boolean {
  return Array.isArray(member['enum']) && member['type'] === 'string'
}
