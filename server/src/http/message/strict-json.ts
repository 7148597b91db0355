/**
 * Strict JSON (RFC 8259, RFC 7493): UTF-8 without a byte order mark, no duplicate names, no lone surrogates, and
 * limited size. A typical body costs one pass over its text in addition to `JSON.parse`.
 */
import { isUtf8 } from 'node:buffer'
import { isJsonObject, isLostInteger, type JsonObject } from '../../encoding/json-object.ts'
import { AppError, type Fault, invalidInput, thrown } from '../../errors.ts'

/** The object of the body and up to 16 levels inside it. */
const maxDepth = 17
const defaultMembers = 500

/** @throws malformed_json; invalid_input for a value that is not an object, or for a refused name or string */
export function parseStrictJson(bytes: Buffer, maxMembers = defaultMembers): JsonObject {
  if (bytes.length === 0) throw malformed('The body is empty.')
  if (!isUtf8(bytes)) throw malformed('The body is not valid UTF-8.')
  const text = bytes.toString('utf8')
  if (text.charCodeAt(0) === 0xfeff) throw malformed('The body begins with a byte order mark.')
  const members = countMembers(text, maxMembers)
  const value = parse(text)
  if (!isJsonObject(value)) {
    throw invalidInput([{ pointer: '', code: 'invalid_type', detail: 'The body must be a JSON object.' }])
  }
  if (countNames(value) !== members) throw malformed('A member name is given twice in one object.')
  if (isSuspicious(text)) checkContent(withLostIntegers(text, value))
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(thrown(error).message) ?? []
    const where = line === undefined ? 'it ends too early' : `see line ${line}, column ${column}`
    throw malformed(`The body is not valid JSON: ${where}.`)
  }
}

/** Limits the number of members and the depth. In valid JSON, the colons outside strings are the members. */
function countMembers(text: string, maxMembers: number): number {
  let members = 0
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x22: // "
        index = endOfString(text, index)
        break
      case 0x3a: // :
        if (++members > maxMembers) throw malformed(`The body has more than ${maxMembers} members.`)
        break
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maxDepth) throw malformed('The body is nested more than 16 levels deep.')
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
    }
  }
  return members
}

/** The index of the closing quote; the end of the text when there is none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

function countNames(value: unknown): number {
  let names = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') names += countNames(item)
  } else if (isJsonObject(value))
    for (const name in value) {
      names++
      const item = value[name]
      if (typeof item === 'object') names += countNames(item)
    }
  return names
}

/**
 * Whether the text needs the slower checks. In valid UTF-8, a NUL, a lone surrogate or a duplicate name in another form
 * needs an escape, and a number that loses precision needs an exponent or many digits.
 */
function isSuspicious(text: string): boolean {
  return (
    text.includes('\\u') ||
    text.includes('__proto__') ||
    text.includes('constructor') ||
    /\d[eE]\+?\d{3}|\d{16}/.test(text)
  )
}

/** Marks an integer that the parser has changed to another number. */
const lostInteger = Symbol('lost integer')

function withLostIntegers(text: string, value: JsonObject): unknown {
  if (!/\d{16}/.test(text)) return value
  return JSON.parse(text, (_name, member: unknown, { source = '' }: { source?: string } = {}) =>
    isLostInteger(member, source) ? lostInteger : member,
  )
}

function checkContent(body: unknown): void {
  const faults: Fault[] = []
  findFaults(body, '', faults)
  if (faults.length > 0) throw invalidInput(faults)
}

function findFaults(value: unknown, pointer: string, faults: Fault[]): void {
  if (value === lostInteger) {
    const detail = 'This integer would be kept as another number; send it as text.'
    faults.push({ pointer, code: 'out_of_range', detail })
  } else if (typeof value === 'string') {
    if (!isStorable(value)) faults.push(unstorable(pointer))
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value))
      faults.push({ pointer, code: 'out_of_range', detail: 'The number is too large.' })
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) findFaults(item, `${pointer}/${index}`, faults)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const below = `${pointer}/${pointerToken(name)}`
      if (!isStorable(name)) faults.push(unstorable(pointer))
      else if (name === '__proto__' || name === 'constructor') {
        faults.push({ pointer: below, code: 'forbidden_name', detail: 'A member may not have this name.' })
      }
      findFaults(item, below, faults)
    }
  }
}

/** A reference token of a JSON pointer (RFC 6901 §3). */
export function pointerToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

function unstorable(pointer: string): Fault {
  return {
    pointer,
    code: 'invalid_characters',
    detail: 'The text has a NUL character or half of a surrogate pair.',
  }
}

function malformed(detail: string): AppError {
  return new AppError('malformed_json', { detail })
}
