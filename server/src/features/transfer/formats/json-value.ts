import { isUtf8 } from 'node:buffer'
import { isJsonObject, isLostInteger } from '../../../encoding/json-object.ts'
import { type FaultItem, faultItem, maxDepth, type SourceRecord } from './source-record.ts'

export type JsonReading = { ok: true; value: unknown } | { ok: false; position: number | undefined }

/** Parses JSON text. Members named `__proto__` are left out, also if escaped; integers beyond 2^53 become text. */
export function readJson(text: string): JsonReading {
  try {
    const isCareful = mayNamePrototype.test(text) || mayHaveLongInteger.test(text)
    const value: unknown = isCareful ? JSON.parse(text, reviver) : JSON.parse(text)
    return { ok: true, value }
  } catch (error) {
    const [, position] = /position (\d+)/.exec(String(error)) ?? []
    return { ok: false, position: position === undefined ? undefined : Number(position) }
  }
}

const mayNamePrototype = /__proto__|\\u00/

const mayHaveLongInteger = /\d{16}/

/** An integer that JavaScript cannot represent stays text. */
function reviver(_name: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  if (isLostInteger(value, source)) return source
  if (isJsonObject(value)) Reflect.deleteProperty(value, '__proto__')
  return value
}

/** Whether objects and lists are nested deeper than `levels`. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((item) => isDeeperThan(item, levels - 1))
}

/** The record in `bytes`, which contain one JSON value. `onMalformed` creates the fault of invalid JSON. */
export function recordOfJson(
  row: number,
  bytes: Buffer,
  onMalformed: (position: number | undefined, text: string) => FaultItem,
): SourceRecord {
  if (!isUtf8(bytes)) return faultItem(row, 'not_utf8', 'The record is not valid UTF-8.')
  const text = bytes.toString('utf8')
  const reading = readJson(text)
  if (!reading.ok) return onMalformed(reading.position, text)
  const { value } = reading
  if (!isJsonObject(value)) return faultItem(row, 'not_an_object', 'The record is not a JSON object.', value)
  if (isDeeperThan(value, maxDepth)) {
    return faultItem(row, 'too_deep', `The record is nested more than ${maxDepth} levels deep.`)
  }
  return { row, members: value }
}

/** Parses the JSON text of an object or a list; other values stay unchanged. */
export function openJson(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  const reading = readJson(value)
  return reading.ok && !isDeeperThan(reading.value, maxDepth - 1) ? reading.value : value
}
