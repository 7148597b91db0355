import { isJsonObject, type JsonObject } from '../../../encoding/json-object.ts'

/** The value as an object; a string is parsed as JSON. Undefined if the result is not an object. */
export function findObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'string') return isJsonObject(value) ? value : undefined
  try {
    const parsed: unknown = JSON.parse(value)
    return isJsonObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** A string or number as text, other values as the empty text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
