declare const content: unique symbol

/**
 * The JSON of a `T` in a column of the database. Only `jsonText` and the aggregates of the dialects create it, so
 * `fromJsonText` knows the type.
 */
export type JsonText<T> = string & { readonly [content]: T }

export function jsonText<T>(value: T): JsonText<T> {
  return JSON.stringify(value) as JsonText<T>
}

export function fromJsonText<T>(text: JsonText<T>): T {
  return JSON.parse(text)
}
