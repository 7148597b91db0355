import { keysOf } from '../../../encoding/keys.ts'
import { isOneOf } from '../../../encoding/one-of.ts'
import { AppError } from '../../../errors.ts'
import { type FilterFault, type FilterReader, parseFilterText, shortened } from '../../../filter-grammar.ts'
import { faultOfText } from '../names/text.ts'
import { type Filter, type FilterField, filterFields, filterLimits, joined, negated } from './filter.ts'
import { comparison, presence, type Subject } from './values.ts'

const reader: FilterReader<Filter, Subject> = {
  limits: filterLimits,
  subject: readSubject,
  presence,
  comparison,
  joined,
  negated,
  refuse: invalidFilter,
}

/**
 * Reads a filter in the grammar of RFC 7644 §3.4.2.2; `filter.ts` defines the semantics. @throws invalid_filter with
 * one fault: `too_long`, `too_complex`, `invalid_syntax`, `unknown_attribute`, `invalid_operator` or `invalid_value`.
 */
export function parseFilter(text: string): Filter {
  const length = faultOfText(text, { max: filterLimits.characters })
  if (length?.code === 'too_long')
    throw invalidFilter('too_long', `A filter may have at most ${filterLimits.characters} characters.`)
  if (length)
    throw invalidFilter('invalid_value', `A filter is text on one line: ${lowerFirst(length.detail)}`)
  return parseFilterText(text, reader)
}

const memberName = /^[A-Za-z0-9_-]+$/

const fieldNames = keysOf(filterFields)

function readSubject(path: string): Subject | FilterFault {
  if (path.toLowerCase() === 'active') return { field: { name: 'status' }, active: true }
  const field = findField(path)
  return field ? { field } : { code: 'unknown_attribute', detail: unknownAttribute(path) }
}

function findField(path: string): FilterField | undefined {
  const [head = '', ...rest] = path.split('.')
  const name = head.toLowerCase()
  if (name === 'metadata' || name === 'profile') {
    const fits =
      rest.length > 0 &&
      rest.length <= filterLimits.pathLength &&
      rest.every((member) => memberName.test(member))
    return fits ? { name, path: rest } : undefined
  }
  if (rest.length > 0) return undefined
  if (name === 'externalid') return { name: 'external_id' }
  return isOneOf(fieldNames, name) ? { name } : undefined
}

function unknownAttribute(path: string): string {
  const [, json] = /^(metadata|profile)(?:\.|$)/i.exec(path) ?? []
  if (!json)
    return `There is no attribute "${shortened(path)}" to filter by; write custom fields as metadata.NAME or profile.NAME`
  return `A path into JSON is ${json.toLowerCase()}. and 1 to ${filterLimits.pathLength} names of letters, digits, "_" and "-", joined by dots`
}

function invalidFilter(code: string, detail: string): AppError {
  return new AppError('invalid_filter', { detail, errors: [{ pointer: '/filter', code, detail }] })
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
