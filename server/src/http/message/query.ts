/** Parses query strings strictly: every parameter must be known, occur once and have its exact type. */
import { Compile } from 'typebox/schema'
import type { JsonObject } from '../../encoding/json-object.ts'
import { AppError, type Fault } from '../../errors.ts'
import { faultsOf } from '../problems/faults.ts'
import { propertiesOf } from '../route-plan.ts'
import { readInstant } from './formats.ts'
import { pointerToken } from './strict-json.ts'

type Property = JsonObject
type Values = Record<string, unknown>

const decimal = /^(?:0|[1-9]\d{0,15})$/
const control = /[\u0000-\u001f\u007f]/

/**
 * Creates a parser for one schema. Numbers are decimal digits, booleans `true` and `false`, instants
 * (`format: 'date-time'`) become UTC text with milliseconds. Missing parameters get their defaults. The parser throws
 * `invalid_parameter` with all faults. If the schema allows other members, the handler reads the query.
 */
export function queryReader(schema: JsonObject): (query: string) => Values {
  if (schema['additionalProperties'] === true) return () => ({})
  const isAnyRequired = Array.isArray(schema['required']) && schema['required'].length > 0
  const known = new Map(Object.entries(propertiesOf(schema)))
  const defaults = Object.fromEntries(
    [...known].flatMap(([name, property]) =>
      property['default'] === undefined ? [] : [[name, property['default']]],
    ),
  )
  let validator: ReturnType<typeof Compile> | undefined
  return (query) => {
    if (query === '' && !isAnyRequired) return { ...defaults }
    const faults: Fault[] = []
    const values = readPairs(query, known, faults)
    validator ??= Compile(schema)
    if (!validator.Check(values)) {
      const found = faultsOf(validator.Errors(values)[1], 'unknown_parameter')
      faults.push(...found.filter((fault) => !faults.some((known) => known.pointer === fault.pointer)))
    }
    if (faults.length > 0) throw invalidParameter(faults)
    return { ...defaults, ...values }
  }
}

export function invalidParameter(errors: Fault[]): AppError {
  const [first] = errors
  const detail =
    first && errors.length === 1
      ? `${first.pointer.slice(1)}: ${first.detail}`
      : `${errors.length} parameters are not valid: ${errors
          .slice(0, 5)
          .map(({ pointer }) => pointer.slice(1, 100))
          .join(', ')}.`
  return new AppError('invalid_parameter', { detail, errors: errors.slice(0, 50) })
}

function readPairs(query: string, known: ReadonlyMap<string, Property>, faults: Fault[]): Values {
  const values: Values = Object.create(null)
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))
    const text = decode(equals === -1 ? '' : pair.slice(equals + 1))
    const property = name === null ? undefined : known.get(name)
    const fault = (code: string, detail: string) =>
      faults.push({ pointer: `/${pointerToken(name ?? '')}`, code, detail })
    if (name === null || property === undefined) fault('unknown_parameter', 'There is no such parameter.')
    else if (name in values) fault('duplicate_parameter', 'Is given twice.')
    else if (text === null || control.test(text)) fault('invalid_characters', 'Is not printable UTF-8.')
    else {
      const value = convert(text, property)
      if (value === undefined) fault(...mismatch(property))
      else values[name] = value
    }
  }
  return values
}

/** Decodes percent-encoding; null when it or its UTF-8 is invalid. */
function decode(text: string): string | null {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return null
  }
}

function convert(text: string, property: Property): unknown {
  if (property['type'] === 'integer' || property['type'] === 'number')
    return decimal.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
  if (property['type'] === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined
  if (property['format'] === 'date-time') return readInstant(text)
  return text
}

function mismatch(property: Property): [code: string, detail: string] {
  if (property['type'] === 'boolean') return ['invalid_type', 'Must be true or false.']
  if (property['format'] === 'date-time')
    return ['invalid_format', 'Is not a valid instant (RFC 3339, with a time zone).']
  return ['invalid_type', 'Must be a whole number in decimal digits.']
}
