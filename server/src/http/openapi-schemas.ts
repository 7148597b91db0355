/** What the operations of the OpenAPI document share. A schema with an `$id` is named and referred to. */

export type Components = {
  schemas: Record<string, unknown>
  responses: Record<string, unknown>
  /** The name of the response for a list of error codes, joined by spaces. */
  responseNames: Map<string, string>
}

export function newComponents(): Components {
  return { schemas: {}, responses: {}, responseNames: new Map() }
}

/** The schema with every named one in it, itself included, replaced by a reference to the components. */
export function reference(schema: unknown, components: Components): unknown {
  if (Array.isArray(schema)) return schema.map((item) => reference(item, components))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $id, ...rest } = schema as { $id?: unknown } & Record<string, unknown>
  const copy = Object.fromEntries(
    Object.entries(rest).map(([keyword, value]) => [keyword, reference(value, components)]),
  )
  if (typeof $id !== 'string') return copy
  components.schemas[$id] ??= copy
  return { $ref: `#/components/schemas/${$id}` }
}
