declare const content: unique symbol

/** The JSON of a `T` in a column of the database. `jsonText` alone makes one, so that `fromJsonText` knows what it reads. */
export type JsonText<T> = string & { readonly [content]: T }

export function jsonText<T>(value: T): JsonText<T> {
  return JSON.stringify(value) as JsonText<T>
}

export function fromJsonText<T>(text: JsonText<T>): T {
  return JSON.parse(text)
}
