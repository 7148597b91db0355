/** Our own export: newline-delimited JSON, a JSON list, or CSV. All values are restored exactly. */
import { isExportHeader, userOfCsvRow } from '../csv.ts'
import { type Field, publicFields, secretFields } from '../exported-fields.ts'
import type { ImportedUser } from '../imported-user.ts'
import { type Fields, fault, fieldsWithin } from './fields.ts'
import { createFormat } from './format.ts'
import { openJson } from './json-value.ts'
import { hasAny } from './outline.ts'

const members: Record<string, Field> = { ...publicFields, ...secretFields }

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
