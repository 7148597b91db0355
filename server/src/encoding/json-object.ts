export type JsonObject = Record<string, unknown>

/** Whether a JSON value is an object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether `value`, parsed from the JSON text `source`, would be written as another integer: beyond 2^53 they have gaps. */
export function isLostInteger(value: unknown, source: string): boolean {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(source) &&
    String(value) !== source
  )
}
