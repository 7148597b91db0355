/** Filters over SCIM resources: the complete RFC 7644 §3.4.2.2, with value paths. */
import {
  type FilterFault,
  type FilterLiteral,
  type FilterOperator,
  type FilterReader,
  parseFilterText,
  parseValuePath,
  shortened,
} from '../../../filter-grammar.ts'
import { type Attribute, findPlace, named, type ResourceType } from '../resource/attribute.ts'
import { scimError } from '../scim-error.ts'

/** Names of members on the path from the resource, or from the element of a value path, to the value. */
export type Path = readonly string[]

export type ScimFilter =
  | { op: 'and' | 'or'; items: ScimFilter[] }
  | { op: 'not'; item: ScimFilter }
  | { op: 'pr'; path: Path }
  | { op: 'element'; path: Path; filter: ScimFilter }
  | Comparison

export type Comparison = {
  op: Exclude<FilterOperator, 'ne'>
  path: Path
  value: FilterLiteral
  type: Attribute['type']
  caseExact: boolean
}

type Subject = { path: Path; attribute: Attribute }

const limits = { depth: 10, expressions: 50 }
const maxCharacters = 4000
const ordered = new Set(['gt', 'ge', 'lt', 'le'])
const partial = new Set(['co', 'sw', 'ew'])
/** Control characters and lone surrogates: no attribute contains them, and PostgreSQL refuses them. */
const unstorable = /[\p{Cc}\p{Cs}]/u

/** @throws invalidFilter */
export function parseScimFilter(type: ResourceType, text: string): ScimFilter {
  if (text.length > maxCharacters)
    throw scimError('invalidFilter', `A filter may have at most ${maxCharacters} characters.`)
  return parseFilterText(text, readerOf(type, 'invalidFilter'))
}

/**
 * A path of PATCH: an attribute, with an optional filter of its elements and an optional sub-attribute.
 * @throws invalidPath
 */
export function parsePath(
  type: ResourceType,
  text: string,
): { path: string; filter: ScimFilter | null; sub: string | null } {
  if (text.length > maxCharacters) throw scimError('invalidPath', 'The path is too long.')
  return parseValuePath(text.trim(), readerOf(type, 'invalidPath'))
}

function readerOf(
  type: ResourceType,
  scimType: 'invalidFilter' | 'invalidPath',
): FilterReader<ScimFilter, Subject> {
  const base = baseReader(scimType)
  return {
    ...base,
    subject(path) {
      const place = findPlace(type, path)
      if (place === undefined || !('attribute' in place)) return unknown(path)
      const { extension, attribute, sub } = place
      return subjectOf(extension ? [extension.id] : [], attribute, sub)
    },
    within(path) {
      const place = findPlace(type, path)
      if (place === undefined || !('attribute' in place)) return unknown(path)
      const { attribute, sub } = place
      if (sub || !attribute.subAttributes)
        return { code: 'invalid_syntax', detail: `${shortened(path)} has no parts to filter by` }
      return {
        ...base,
        subject(name) {
          const part = named(attribute.subAttributes ?? [], name)
          return part ? { path: [part.name], attribute: part } : unknown(name)
        },
      }
    },
    valuePath(path, filter) {
      const place = findPlace(type, path)
      if (place === undefined || !('attribute' in place)) throw scimError(scimType, unknown(path).detail)
      const { extension, attribute } = place
      return { op: 'element', path: [...(extension ? [extension.id] : []), attribute.name], filter }
    },
  }
}

function baseReader(scimType: 'invalidFilter' | 'invalidPath') {
  return {
    limits,
    presence: ({ path }: Subject): ScimFilter => ({ op: 'pr', path }),
    comparison: compared,
    joined: (op: 'and' | 'or', items: ScimFilter[]): ScimFilter => ({
      op,
      items: items.flatMap((item) => ('items' in item && item.op === op ? item.items : [item])),
    }),
    negated: (item: ScimFilter): ScimFilter => ({ op: 'not', item }),
    refuse: (_code: string, detail: string) => scimError(scimType, detail),
  }
}

/** `emails co "x"` compares the values of the addresses (RFC 7644 §3.4.2.2). */
function subjectOf(home: Path, attribute: Attribute, sub: Attribute | null): Subject {
  const inner = sub ?? (attribute.subAttributes && named(attribute.subAttributes, 'value')) ?? null
  return inner
    ? { path: [...home, attribute.name, inner.name], attribute: inner }
    : { path: [...home, attribute.name], attribute }
}

function compared(
  { path, attribute }: Subject,
  operator: FilterOperator,
  literal: FilterLiteral,
): ScimFilter | FilterFault {
  const { name, type, caseExact } = attribute
  if (type === 'complex') return { code: 'invalid_operator', detail: `${name} is compared by its parts` }
  if (literal === null && operator !== 'eq' && operator !== 'ne')
    return { code: 'invalid_value', detail: `null cannot be compared with ${operator}` }
  if (type === 'boolean' && (ordered.has(operator) || partial.has(operator)))
    return { code: 'invalid_operator', detail: `${name} cannot be compared with ${operator}` }
  const value = literal === null ? null : valueFor(type, literal)
  if (value === undefined) return { code: 'invalid_value', detail: `This is no value of ${name}` }
  const op = operator === 'ne' ? 'eq' : operator
  const filter: ScimFilter =
    value === null ? { op: 'not', item: { op: 'pr', path } } : { op, path, value, type, caseExact }
  return operator === 'ne' ? { op: 'not', item: filter } : filter
}

/** Directories also send booleans as text. */
function valueFor(type: Attribute['type'], literal: string | number | boolean): FilterLiteral | undefined {
  if (type === 'boolean') {
    const text = String(literal).toLowerCase()
    return text === 'true' ? true : text === 'false' ? false : undefined
  }
  const text = String(literal)
  if (unstorable.test(text)) return undefined
  if (type === 'dateTime') return Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString()
  return text
}

function unknown(path: string): FilterFault {
  return { code: 'unknown_attribute', detail: `There is no attribute "${shortened(path)}"` }
}
