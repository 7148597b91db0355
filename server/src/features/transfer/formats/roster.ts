/** Our own export: newline-delimited JSON, a JSON list, or CSV. Everything is restored exactly as it was. */
import { isExportHeader, userOfCsvRow } from '../csv.ts'
import type { ImportedUser } from '../imported-user.ts'
import { type Fields, fault, fieldsWithin, openJson } from './fields.ts'
import { createFormat } from './format.ts'
import { instantOf } from './instants.ts'
import { hasAny } from './outline.ts'
import { isMembers } from './source-record.ts'

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isFlag: Check = (value) => typeof value === 'boolean'
const isStatus: Check = (value) => value === 'active' || value === 'disabled'
const isInstant: Check = (value) => typeof value === 'string' && instantOf(value) !== undefined
const isRoles: Check = (value) => Array.isArray(value) && value.every(isText)
const isUuid: Check = (value) =>
  typeof value === 'string' && /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)

/** What each member must be, and whether null is a value of its own. */
const members: Record<string, { check: Check; what: string; keepsNull?: true }> = {
  id: { check: isUuid, what: 'a UUID' },
  username: { check: isText, what: 'text' },
  email: { check: isText, what: 'text' },
  email_verified: { check: isFlag, what: 'true or false' },
  first_name: { check: isText, what: 'text', keepsNull: true },
  last_name: { check: isText, what: 'text', keepsNull: true },
  status: { check: isStatus, what: 'active or disabled' },
  roles: { check: isRoles, what: 'a list of names' },
  external_id: { check: isText, what: 'text', keepsNull: true },
  metadata: { check: isMembers, what: 'an object' },
  created_at: { check: isInstant, what: 'a date and time' },
  updated_at: { check: isInstant, what: 'a date and time' },
  last_login_at: { check: isInstant, what: 'a date and time', keepsNull: true },
  password: { check: isText, what: 'text' },
  password_hash: { check: isText, what: 'text' },
}

export function userOfExport(fields: Fields): ImportedUser {
  const user: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields.members)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (!member) fault(fields, [name], 'is not a field of a user')
    else if (value === null) {
      if (member.keepsNull) user[name] = null
    } else if (!member.check(value)) fault(fields, [name], `is not ${member.what}`)
    else user[name] = member.check === isInstant ? instantOf(value) : value
  }
  return user
}

/** The same from a row of CSV. */
export function userOfExportRow(fields: Fields): ImportedUser {
  const row = userOfCsvRow(fields.members)
  return userOfExport(fieldsWithin(fields, { ...row, metadata: openJson(row['metadata']) }))
}

export const roster = createFormat({
  name: 'roster',
  likeness({ names, isCsv, header }) {
    if (isCsv) return isExportHeader(header) ? 1 : 0
    const known = [...names].filter((name) => Object.hasOwn(members, name)).length
    if (known < names.size || !hasAny(names, 'username', 'email')) return 0
    return known >= 6 ? 0.95 : 0.5
  },
  userReader: () => userOfExport,
  csv: {
    readHeader: (header) =>
      isExportHeader(header) ? { columns: header, readUser: userOfExportRow } : undefined,
  },
})
