/** Our own export: newline-delimited JSON, a JSON list, or CSV. Everything is restored exactly as it was. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import { isExportHeader, userOfCsvRow } from '../csv.ts'
import type { ImportedUser } from '../imported-user.ts'
import { type Fields, fault, fieldsWithin } from './fields.ts'
import { createFormat } from './format.ts'
import { instantOf } from './instants.ts'
import { openJson } from './json-value.ts'
import { hasAny } from './outline.ts'

/** The value as it is kept; undefined when it does not fit. */
type Read = (value: unknown) => unknown

type Member = { read: Read; what: string; keepsNull?: true }

const only =
  (fits: (value: unknown) => boolean): Read =>
  (value) =>
    fits(value) ? value : undefined

const isText = (value: unknown) => typeof value === 'string'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const text: Member = { read: only(isText), what: 'text' }
const instant: Member = {
  read: (value) => (typeof value === 'string' ? instantOf(value) : undefined),
  what: 'a date and time',
}
const orNull = (member: Member): Member => ({ ...member, keepsNull: true })

const isIdentity = (value: unknown) =>
  isJsonObject(value) &&
  Object.keys(value).every((name) => name === 'issuer' || name === 'subject' || name === 'email') &&
  typeof value['issuer'] === 'string' &&
  /^https?:\/\/\S{1,500}$/.test(value['issuer']) &&
  typeof value['subject'] === 'string' &&
  /^.{1,255}$/s.test(value['subject']) &&
  (value['email'] == null || typeof value['email'] === 'string')

const identities: Member = {
  read: (value) =>
    Array.isArray(value) && value.every(isIdentity)
      ? value.map((each) => ({ email: null, ...each }))
      : undefined,
  what: 'a list of accounts at other providers',
}

const members: Record<string, Member> = {
  id: { read: only((value) => typeof value === 'string' && uuid.test(value)), what: 'a UUID' },
  username: text,
  email: text,
  email_verified: { read: only((value) => typeof value === 'boolean'), what: 'true or false' },
  first_name: orNull(text),
  last_name: orNull(text),
  status: { read: only((value) => value === 'active' || value === 'disabled'), what: 'active or disabled' },
  roles: { read: only((value) => Array.isArray(value) && value.every(isText)), what: 'a list of names' },
  groups: { read: only((value) => Array.isArray(value) && value.every(isText)), what: 'a list of names' },
  external_id: orNull(text),
  metadata: { read: only(isJsonObject), what: 'an object' },
  profile: { read: only(isJsonObject), what: 'an object' },
  created_at: instant,
  updated_at: instant,
  last_login_at: orNull(instant),
  identities,
  password: text,
  password_hash: text,
  totp_factor: text,
  totp_secret: text,
}

export function userOfExport(fields: Fields): ImportedUser {
  const user: Record<string, unknown> = {}
  for (const name of Object.keys(fields.members)) {
    const value = fields.members[name]
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (!member) fault(fields, [name], 'is not a field of a user')
    else if (value === null) {
      if (member.keepsNull) user[name] = null
    } else {
      const kept = member.read(value)
      if (kept === undefined) fault(fields, [name], `is not ${member.what}`)
      else user[name] = kept
    }
  }
  return user
}

/** The same from a row of CSV. */
export function userOfExportRow(fields: Fields): ImportedUser {
  const row = userOfCsvRow(fields.members)
  const opened = ['metadata', 'profile', 'groups', 'identities'].filter((name) => name in row)
  const members = opened.map((name) => [name, openJson(row[name])])
  return userOfExport(fieldsWithin(fields, { ...row, ...Object.fromEntries(members) }))
}

export const roster = createFormat({
  name: 'roster',
  sign: 'its names are those of the export of Roster',
  likeness({ names, isCsv, header }) {
    if (isCsv) return isExportHeader(header) ? 1 : 0
    const known = [...names].filter((name) => Object.hasOwn(members, name)).length
    if (known < names.size || !hasAny(names, 'username', 'email')) return 0
    return known >= 6 ? 0.95 : 0.5
  },
  userReader: () => userOfExport,
  csv: {
    readHeader: (header) =>
      isExportHeader(header)
        ? { columns: header, readUser: userOfExportRow }
        : { unknownHeader: 'The header is not that of an export of Roster.' },
  },
})
