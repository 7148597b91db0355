import { AppError } from '../../errors.ts'
import {
  type Filter,
  type FilterField,
  type FilterFieldName,
  filterFields,
  filterLimits,
  joined,
  negated,
} from './filter.ts'
import {
  comparison,
  type FilterOperator,
  filterOperators,
  type Literal,
  presence,
  type Subject,
} from './filter-values.ts'
import { codePointLength, faultOfText } from './text.ts'

type Parser = { text: string; at: number; depth: number; expressions: number }

/**
 * Reads a filter in the grammar of RFC 7644 §3.4.2.2; `filter.ts` says what it means. Throws `invalid_filter` with one
 * fault: `too_long`, `too_complex`, `invalid_syntax`, `unknown_attribute`, `invalid_operator` or `invalid_value`.
 */
export function parseFilter(text: string): Filter {
  const parser: Parser = { text, at: 0, depth: 0, expressions: 0 }
  const length = faultOfText(text, { max: filterLimits.characters })
  if (length?.code === 'too_long')
    throw invalidFilter('too_long', `A filter may have at most ${filterLimits.characters} characters.`)
  if (length)
    throw invalidFilter('invalid_value', `A filter is text on one line: ${lowerFirst(length.detail)}`)
  const filter = parseOr(parser)
  if (parser.at < text.length)
    throw failure(parser, 'invalid_syntax', 'Expected "and", "or" or the end of the filter')
  return filter
}

function parseOr(parser: Parser): Filter {
  const items = [parseAnd(parser)]
  while (takeKeyword(parser, 'or')) items.push(parseAnd(parser))
  return joined('or', items)
}

function parseAnd(parser: Parser): Filter {
  const items = [parseTerm(parser)]
  while (takeKeyword(parser, 'and')) items.push(parseTerm(parser))
  return joined('and', items)
}

function parseTerm(parser: Parser): Filter {
  const start = parser.at
  if (takeKeyword(parser, 'not')) {
    if (parser.text[parser.at] !== '(') throw failure(parser, 'invalid_syntax', 'Expected "(" after "not"')
    return negated(parseGroup(parser))
  }
  parser.at = start
  skipSpaces(parser)
  return parser.text[parser.at] === '(' ? parseGroup(parser) : parseExpression(parser)
}

function parseGroup(parser: Parser): Filter {
  if (++parser.depth > filterLimits.depth) {
    throw failure(parser, 'too_complex', `Parentheses may be nested at most ${filterLimits.depth} deep`)
  }
  parser.at++
  const filter = parseOr(parser)
  if (parser.text[parser.at] !== ')') throw failure(parser, 'invalid_syntax', 'Expected "and", "or" or ")"')
  parser.at++
  parser.depth--
  skipSpaces(parser)
  return filter
}

function parseExpression(parser: Parser): Filter {
  const subject = parseSubject(parser)
  if (++parser.expressions > filterLimits.expressions) {
    throw failure(parser, 'too_complex', `A filter may have at most ${filterLimits.expressions} expressions`)
  }
  skipSpaces(parser)
  const operatorAt = parser.at
  const operator = parseOperator(parser)
  if (operator === 'pr') {
    skipSpaces(parser)
    return presence(subject)
  }
  skipSpaces(parser)
  const valueAt = parser.at
  const result = comparison(subject, operator, parseLiteral(parser))
  if ('code' in result) {
    parser.at = result.code === 'invalid_operator' ? operatorAt : valueAt
    throw failure(parser, result.code, result.detail)
  }
  skipSpaces(parser)
  return result
}

const metadataPath = /^[A-Za-z0-9_-]+$/

function parseSubject(parser: Parser): Subject {
  const start = parser.at
  const path = take(parser, /[A-Za-z][\w$:.-]*/y)
  if (path === undefined) throw failure(parser, 'invalid_syntax', 'Expected an attribute such as username')
  if (parser.text[parser.at] === '[')
    throw failure(parser, 'invalid_syntax', 'Value filters in brackets are not supported')
  if (path.toLowerCase() === 'active') return { field: { name: 'status' }, active: true }
  const field = findField(path)
  if (field) return { field }
  parser.at = start
  throw failure(parser, 'unknown_attribute', unknownAttribute(path))
}

function findField(path: string): FilterField | undefined {
  const [head = '', ...rest] = path.split('.')
  const name = head.toLowerCase()
  if (name === 'metadata') {
    const fits =
      rest.length > 0 &&
      rest.length <= filterLimits.pathLength &&
      rest.every((member) => metadataPath.test(member))
    return fits ? { name: 'metadata', path: rest } : undefined
  }
  if (rest.length > 0) return undefined
  if (name === 'externalid') return { name: 'external_id' }
  return Object.hasOwn(filterFields, name) ? { name: name as FilterFieldName } : undefined
}

function unknownAttribute(path: string): string {
  if (!/^metadata(\.|$)/i.test(path)) return `There is no attribute "${shortened(path)}" to filter by`
  return `A path into the metadata is metadata. and 1 to ${filterLimits.pathLength} names of letters, digits, "_" and "-", joined by dots`
}

function parseOperator(parser: Parser): FilterOperator | 'pr' {
  const start = parser.at
  const word = take(parser, /[^\s()"]+/y)
  const operator = word?.toLowerCase()
  if (operator === 'pr' || filterOperators.includes(operator as FilterOperator))
    return operator as FilterOperator | 'pr'
  parser.at = start
  if (word === undefined) throw failure(parser, 'invalid_syntax', 'Expected an operator such as eq')
  const known = [...filterOperators, 'pr'].join(', ')
  throw failure(parser, 'invalid_operator', `"${shortened(word)}" is none of the operators ${known}`)
}

const literalWords: Record<string, Literal> = { true: true, false: false, null: null }

function parseLiteral(parser: Parser): Literal {
  const start = parser.at
  const text = take(parser, /"(?:[^"\\]|\\.)*"/y)
  if (text !== undefined) {
    const value = parsedJson(text)
    if (typeof value === 'string') return value
    parser.at = start
    throw failure(parser, 'invalid_value', 'This is not a JSON string')
  }
  if (parser.text[parser.at] === '"') throw failure(parser, 'invalid_syntax', 'A string is not closed')
  const word = take(parser, /[\w.+-]+/y) ?? ''
  const keyword = word.toLowerCase()
  if (Object.hasOwn(literalWords, keyword)) return literalWords[keyword]!
  const value = /^-?\d/.test(word) ? parsedJson(word) : undefined
  if (typeof value === 'number') return value
  parser.at = start
  throw failure(
    parser,
    'invalid_syntax',
    'Expected a value: a string in double quotes, a number, true, false or null',
  )
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function take(parser: Parser, pattern: RegExp): string | undefined {
  pattern.lastIndex = parser.at
  const found = pattern.exec(parser.text)?.[0]
  parser.at += found?.length ?? 0
  return found
}

/** Steps over a keyword that stands as a word of its own, and the spaces around it. */
function takeKeyword(parser: Parser, keyword: string): boolean {
  skipSpaces(parser)
  const end = parser.at + keyword.length
  if (parser.text.slice(parser.at, end).toLowerCase() !== keyword) return false
  if (/[\w$:.-]/.test(parser.text[end] ?? '')) return false
  parser.at = end
  skipSpaces(parser)
  return true
}

function skipSpaces(parser: Parser): void {
  while (parser.text[parser.at] === ' ') parser.at++
}

function failure(parser: Parser, code: string, sentence: string): AppError {
  const position = codePointLength(parser.text.slice(0, parser.at)) + 1
  return invalidFilter(code, `${sentence} (at character ${position}).`)
}

function invalidFilter(code: string, detail: string): AppError {
  return new AppError('invalid_filter', { detail, errors: [{ pointer: '/filter', code, detail }] })
}

function shortened(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
