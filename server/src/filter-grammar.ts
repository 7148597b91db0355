/**
 * The grammar of filters (RFC 7644 §3.4.2.2): precedence, grouping, literals, limits. The given reader interprets
 * attributes and comparisons.
 */
import { isOneOf } from './encoding/one-of.ts'

export type FilterLiteral = string | number | boolean | null

export type FilterOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'

export const filterOperators: readonly FilterOperator[] = [
  'eq',
  'ne',
  'co',
  'sw',
  'ew',
  'gt',
  'ge',
  'lt',
  'le',
]

/** The fault of a filter: a sentence without its end, to which the position is added. */
export type FilterFault = { code: string; detail: string }

export type FilterReader<Filter, Subject> = {
  /** The maximum of nested parentheses and brackets, and of expressions such as `username eq "a"`. */
  limits: { depth: number; expressions: number }
  /** The parts of an attribute path. */
  subject(path: string): Subject | FilterFault
  presence(subject: Subject): Filter
  comparison(subject: Subject, operator: FilterOperator, literal: FilterLiteral): Filter | FilterFault
  joined(op: 'and' | 'or', items: Filter[]): Filter
  negated(filter: Filter): Filter
  /** Parses the brackets after `path`; undefined where brackets are not supported. */
  within?(path: string): FilterReader<Filter, Subject> | FilterFault
  /** A filter that one element of `path` must match. */
  valuePath?(path: string, filter: Filter): Filter
  refuse(code: string, detail: string): Error
}

type Parser<F, S> = {
  text: string
  at: number
  depth: number
  expressions: number
  reader: FilterReader<F, S>
}

/**
 * @throws the error that `refuse` creates for `too_complex`, `invalid_syntax`, `invalid_operator` or a fault of the
 * reader
 */
export function parseFilterText<F, S>(text: string, reader: FilterReader<F, S>): F {
  const parser: Parser<F, S> = { text, at: 0, depth: 0, expressions: 0, reader }
  const filter = parseOr(parser)
  if (parser.at < text.length)
    throw failure(parser, 'invalid_syntax', 'Expected "and", "or" or the end of the filter')
  return filter
}

/** Parses `path`, `path.sub`, `path[filter]` or `path[filter].sub`, the form of paths in PATCH (RFC 7644 §3.5.2). */
export function parseValuePath<F, S>(
  text: string,
  reader: FilterReader<F, S>,
): { path: string; filter: F | null; sub: string | null } {
  const parser: Parser<F, S> = { text, at: 0, depth: 0, expressions: 0, reader }
  const path = take(parser, attributePath)
  if (path === undefined) throw failure(parser, 'invalid_syntax', 'Expected an attribute')
  if (parser.at === text.length) return { path, filter: null, sub: null }
  if (text[parser.at] !== '[') throw failure(parser, 'invalid_syntax', 'Expected "[" or the end of the path')
  const filter = parseBrackets(parser, path)
  const sub = take(parser, subAttribute)?.slice(1) ?? null
  if (parser.at < text.length) throw failure(parser, 'invalid_syntax', 'Expected the end of the path')
  return { path, filter, sub }
}

const attributePath = /[A-Za-z][\w$:.-]*/y
const subAttribute = /\.[A-Za-z$][\w$-]*/y

function parseOr<F, S>(parser: Parser<F, S>): F {
  const first = parseAnd(parser)
  const items = [first]
  while (takeKeyword(parser, 'or')) items.push(parseAnd(parser))
  return items.length === 1 ? first : parser.reader.joined('or', items)
}

function parseAnd<F, S>(parser: Parser<F, S>): F {
  const first = parseTerm(parser)
  const items = [first]
  while (takeKeyword(parser, 'and')) items.push(parseTerm(parser))
  return items.length === 1 ? first : parser.reader.joined('and', items)
}

function parseTerm<F, S>(parser: Parser<F, S>): F {
  const start = parser.at
  if (takeKeyword(parser, 'not')) {
    if (parser.text[parser.at] !== '(') throw failure(parser, 'invalid_syntax', 'Expected "(" after "not"')
    return parser.reader.negated(parseGroup(parser))
  }
  parser.at = start
  skipSpaces(parser)
  return parser.text[parser.at] === '(' ? parseGroup(parser) : parseExpression(parser)
}

function parseGroup<F, S>(parser: Parser<F, S>): F {
  enter(parser)
  const filter = parseOr(parser)
  if (parser.text[parser.at] !== ')') throw failure(parser, 'invalid_syntax', 'Expected "and", "or" or ")"')
  leave(parser)
  skipSpaces(parser)
  return filter
}

/** Consumes `[filter]` after the path. */
function parseBrackets<F, S>(parser: Parser<F, S>, path: string): F {
  const outer = parser.reader
  const inner = outer.within?.(path)
  if (inner === undefined)
    throw failure(parser, 'invalid_syntax', 'Value filters in brackets are not supported')
  if ('code' in inner) throw failure(parser, inner.code, inner.detail)
  enter(parser)
  parser.reader = inner
  const filter = parseOr(parser)
  parser.reader = outer
  if (parser.text[parser.at] !== ']') throw failure(parser, 'invalid_syntax', 'Expected "and", "or" or "]"')
  leave(parser)
  return filter
}

function enter<F, S>(parser: Parser<F, S>): void {
  const { depth } = parser.reader.limits
  if (++parser.depth > depth)
    throw failure(parser, 'too_complex', `Parentheses may be nested at most ${depth} deep`)
  parser.at++
}

function leave<F, S>(parser: Parser<F, S>): void {
  parser.at++
  parser.depth--
}

function parseExpression<F, S>(parser: Parser<F, S>): F {
  const start = parser.at
  const path = take(parser, attributePath)
  if (path === undefined) throw failure(parser, 'invalid_syntax', 'Expected an attribute such as username')
  if (parser.text[parser.at] === '[') return parseElement(parser, path)
  return parseComparison(parser, path, start)
}

/** `path[filter]`, or `path[filter].sub op value` as in Entra: both must match the same element. */
function parseElement<F, S>(parser: Parser<F, S>, path: string): F {
  const { reader } = parser
  const filter = parseBrackets(parser, path)
  const start = parser.at
  const sub = take(parser, subAttribute)
  const inner = reader.within?.(path)
  if (sub === undefined || inner === undefined || 'code' in inner) {
    skipSpaces(parser)
    return reader.valuePath!(path, filter)
  }
  parser.reader = inner
  const comparison = parseComparison(parser, sub.slice(1), start)
  parser.reader = reader
  return reader.valuePath!(path, reader.joined('and', [filter, comparison]))
}

function parseComparison<F, S>(parser: Parser<F, S>, path: string, start: number): F {
  const { reader } = parser
  const subject = reader.subject(path)
  if (isFault(subject)) {
    parser.at = start
    throw failure(parser, subject.code, subject.detail)
  }
  if (++parser.expressions > reader.limits.expressions)
    throw failure(parser, 'too_complex', `A filter may have at most ${reader.limits.expressions} expressions`)
  skipSpaces(parser)
  const operatorAt = parser.at
  const operator = parseOperator(parser)
  if (operator === 'pr') {
    skipSpaces(parser)
    return reader.presence(subject)
  }
  skipSpaces(parser)
  const valueAt = parser.at
  const result = reader.comparison(subject, operator, parseLiteral(parser))
  if (isFault(result)) {
    parser.at = result.code === 'invalid_operator' ? operatorAt : valueAt
    throw failure(parser, result.code, result.detail)
  }
  skipSpaces(parser)
  return result
}

function isFault(result: unknown): result is FilterFault {
  return typeof result === 'object' && result !== null && 'code' in result && 'detail' in result
}

function parseOperator<F, S>(parser: Parser<F, S>): FilterOperator | 'pr' {
  const start = parser.at
  const word = take(parser, /[^\s()"]+/y)
  const operator = word?.toLowerCase()
  if (operator === 'pr' || isOneOf(filterOperators, operator)) return operator
  parser.at = start
  if (word === undefined) throw failure(parser, 'invalid_syntax', 'Expected an operator such as eq')
  const known = [...filterOperators, 'pr'].join(', ')
  throw failure(parser, 'invalid_operator', `"${shortened(word)}" is none of the operators ${known}`)
}

const literalWords: Record<string, FilterLiteral> = { true: true, false: false, null: null }

function parseLiteral<F, S>(parser: Parser<F, S>): FilterLiteral {
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

function take<F, S>(parser: Parser<F, S>, pattern: RegExp): string | undefined {
  pattern.lastIndex = parser.at
  const found = pattern.exec(parser.text)?.[0]
  parser.at += found?.length ?? 0
  return found
}

/** Consumes a keyword that is a separate word, and the spaces around it. */
function takeKeyword<F, S>(parser: Parser<F, S>, keyword: string): boolean {
  skipSpaces(parser)
  const end = parser.at + keyword.length
  if (parser.text.slice(parser.at, end).toLowerCase() !== keyword) return false
  if (/[\w$:.-]/.test(parser.text[end] ?? '')) return false
  parser.at = end
  skipSpaces(parser)
  return true
}

function skipSpaces<F, S>(parser: Parser<F, S>): void {
  while (parser.text[parser.at] === ' ') parser.at++
}

function failure<F, S>(parser: Parser<F, S>, code: string, sentence: string): Error {
  const position = [...parser.text.slice(0, parser.at)].length + 1
  return parser.reader.refuse(code, `${sentence} (at character ${position}).`)
}

export function shortened(word: string): string {
  return word.length > 40 ? `${word.slice(0, 40)}…` : word
}
