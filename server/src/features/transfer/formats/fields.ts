/**
 * Reads a record of another system member by member. It tracks the members that were read, so that the others are kept as
 * metadata, and collects faults and notes.
 */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedUser } from '../imported-user.ts'
import { flagOf } from './flags.ts'
import { type DayOrder, instantOf, instantOfFileTime, isDayOrMonthFirst } from './instants.ts'
import { openJson } from './json-value.ts'
import type { HashShape } from './password-shape.ts'
import { isSecretMember, withoutSecrets } from './secrets.ts'
import type { Members } from './source-record.ts'

export type Fields = {
  members: Members
  read: Set<string>
  faults: string[]
  notes: string[]
  looksLikeHash: HashShape
  /** The order of day and month in dates like 3/4/2024, if known. */
  dayOrder?: DayOrder | undefined
}

export function fieldsOf(members: Members, looksLikeHash: HashShape, dayOrder?: DayOrder): Fields {
  return { members, read: new Set(), faults: [], notes: [], looksLikeHash, dayOrder }
}

/** The fields of an object inside the record; faults and notes are shared. */
export function fieldsWithin(fields: Fields, members: Members): Fields {
  return { ...fields, members, read: new Set() }
}

/** The value of the first of `names` that has one; null and the empty text are no values. */
export function take(fields: Fields, ...names: string[]): unknown {
  for (const name of names) {
    const value = fields.members[name]
    if (value === undefined || value === null || value === '') continue
    fields.read.add(name)
    return value
  }
  return undefined
}

/** Ignores members that have no meaning outside of their system. */
export function ignore(fields: Fields, ...names: string[]): void {
  for (const name of names) fields.read.add(name)
}

/** Skips secrets and factors, with a note that they are not imported. */
export function leaveBehind(fields: Fields, what: string, ...names: string[]): void {
  if (names.some((name) => saysSomething(fields.members[name]))) note(fields, what)
  ignore(fields, ...names)
}

export function note(fields: Fields, what: string): void {
  addNote(fields, `${what} not imported`)
}

export function addNote(fields: Fields, text: string): void {
  if (!fields.notes.includes(text)) fields.notes.push(text)
}

export function takeText(fields: Fields, ...names: string[]): string | undefined {
  const value = take(fields, ...names)
  if (value === undefined || typeof value === 'string') return value
  if (Number.isSafeInteger(value)) return String(value)
  return fault(fields, names, 'is not text')
}

/** A text without surrounding blanks. */
export function takeWord(fields: Fields, ...names: string[]): string | undefined {
  return takeText(fields, ...names)?.trim() || undefined
}

export function takeFlag(fields: Fields, ...names: string[]): boolean | undefined {
  const value = take(fields, ...names)
  if (value === undefined || typeof value === 'boolean') return value
  return flagOf(value) ?? fault(fields, names, 'is neither true nor false')
}

const never =
  /^(000[01]-0[01]-0[01](?!\d).*|never( logged (in|on))?|nie|jamais|nunca|mai|nigdy|none|nil|なし)$/i

/** RFC 3339 UTC with milliseconds. Programs write zero or the first possible day for "never". */
export function takeInstant(fields: Fields, ...names: string[]): string | undefined {
  const value = take(fields, ...names)
  if (value === undefined || value === 0 || value === '0') return undefined
  if (typeof value === 'string' && never.test(value.trim())) return undefined
  const instant = instantOf(value, fields.dayOrder) ?? instantOfFileTime(value)
  if (instant === undefined && fields.dayOrder === undefined && isDayOrMonthFirst(value)) {
    note(fields, `the date of ${names[0]}, which may be day or month first, is`)
    return undefined
  }
  return instant ?? fault(fields, names, 'is not a date and time')
}

/** An object, or the JSON text of one. */
export function takeObject(fields: Fields, ...names: string[]): Members | undefined {
  const value = openJson(take(fields, ...names))
  if (value === undefined || isJsonObject(value)) return value
  if (value === 'null') return undefined
  return fault(fields, names, 'is not an object')
}

/** A list, or the JSON text of one; empty when there is none. */
export function takeList(fields: Fields, ...names: string[]): unknown[] {
  const value = openJson(take(fields, ...names))
  if (value === undefined || Array.isArray(value)) return value ?? []
  return fault(fields, names, 'is not a list') ?? []
}

export function fault(fields: Fields, names: string[], what: string): undefined {
  const name = names.find((each) => saysSomething(fields.members[each])) ?? names[0]
  fields.faults.push(`${name} ${what}`)
}

/** The objects of a list that is kept in the metadata. */
export function seeObjects(fields: Fields, name: string): Members[] {
  const value = openJson(fields.members[name])
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** All members with a value that were not read, with names from `rename`. Secrets are skipped with a note. */
export function takeRest(fields: Fields, rename: (name: string) => string = snakeCase): Members {
  const rest: Members = {}
  for (const name of Object.keys(fields.members)) {
    const value = fields.members[name]
    if (fields.read.has(name) || !saysSomething(value)) continue
    if (isSecretMember(name, value)) note(fields, `${name} is a secret and is`)
    else put(rest, rename(name), value)
  }
  return rest
}

/** Adds a member to metadata if it has a value, with another name if its own is already used. */
export function put(metadata: Members, name: string, value: unknown): void {
  if (!saysSomething(value)) return
  let free = name
  for (let count = 2; Object.hasOwn(metadata, free); count++) free = `${name}_${count}`
  if (free !== '__proto__') metadata[free] = value
}

export function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  return !isJsonObject(value) || Object.keys(value).length > 0
}

/** `phoneNumber` becomes `phone_number`; other names stay unchanged. */
export function snakeCase(name: string): string {
  if (!/^[A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*$/.test(name)) return name
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}

type Parts = { [Name in keyof Omit<ImportedUser, 'notes'>]?: ImportedUser[Name] | undefined }

/** The user of these parts, with the notes, without undefined values, empty objects and secrets. */
export function userOfParts(fields: Fields, parts: Parts): ImportedUser {
  const user: Record<string, unknown> = {}
  const clean = (members: Members | undefined) =>
    members &&
    withoutSecrets(members, fields.looksLikeHash, (path, why) => note(fields, `${path} ${why} and is`))
  const [metadata, profile] = [clean(parts.metadata), clean(parts.profile)]
  for (const [name, value] of Object.entries({ ...parts, metadata, profile })) {
    if (value !== undefined && (!isJsonObject(value) || saysSomething(value))) user[name] = value
  }
  if (fields.notes.length > 0) user['notes'] = fields.notes
  return user as ImportedUser
}

/** The username, unless it is the e-mail address; then one is derived later. */
export function usernameOf(
  username: string | undefined,
  email: string | undefined,
  _metadata?: Members,
): string | undefined {
  return username?.toLowerCase() === email?.toLowerCase() ? undefined : username
}

/** The same user; a username that is an address becomes the address of a user without one. */
export function withAddressOfUsername(user: ImportedUser): ImportedUser {
  const { username, ...others } = user
  const isAddress = user.email === undefined && /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(username ?? '')
  return isAddress ? { ...others, email: username! } : user
}
