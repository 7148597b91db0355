/** Records of a system that has no format of its own here: JSON, and tables in dumps of databases. */
import { isJsonObject } from '../../../json-object.ts'
import { columnsOf } from '../columns/column-names.ts'
import { genericUser } from '../columns/generic-user.ts'
import type { ImportedUser } from '../imported-user.ts'
import { type Fields, fieldsWithin } from './fields.ts'
import { createFormat } from './format.ts'
import type { Members } from './source-record.ts'

const saysWho = (fields: readonly (string | undefined)[]) =>
  fields.includes('username') || fields.includes('email')

/** MongoDB's Extended JSON names the type of a value: `{"$oid": "…"}`. */
function plainValue(value: unknown): unknown {
  if (!isJsonObject(value)) return value
  const [[name = '', inner] = [], ...others] = Object.entries(value)
  const isTyped = /^\$(oid|date|number(Long|Int|Double|Decimal))$/.test(name) && others.length === 0
  if (!isTyped) return value
  const plain = plainValue(inner)
  return name === '$date' && typeof plain === 'string' && /^-?\d+$/.test(plain) ? Number(plain) : plain
}

/** As a cell of a table has it. */
function cellOf(field: string, value: unknown): unknown {
  const plain = plainValue(value)
  if (field === 'roles' && Array.isArray(plain))
    return plain.filter((role) => typeof role === 'string').join(';')
  if (field === 'status' && typeof plain === 'boolean') return String(plain)
  return plain
}

/** The members under the names of our fields. */
function readRecord(fields: Fields): ImportedUser | { skipped: string } {
  const names = Object.keys(fields.members)
  const renamed: Members = {}
  for (const [index, field] of columnsOf(names).entries())
    if (field !== undefined) renamed[field] = cellOf(field, fields.members[names[index]!])
  return genericUser(fieldsWithin(fields, renamed))
}

const described = { likeness: () => 0, userReader: () => readRecord }

export const json = createFormat({
  ...described,
  name: 'json',
  sign: 'its records name a username or an e-mail address',
  lists: ['users', 'data', 'items', 'records', 'results', 'result', 'members', 'people', 'accounts', 'rows'],
  likeness: ({ names, isCsv }) => (!isCsv && saysWho(columnsOf([...names])) ? 0.4 : 0),
})

/** A table with a username or an address and a password. */
export const sql = createFormat({
  ...described,
  name: 'sql',
  sql: {
    isLikely: 0.5,
    users(_table, columns) {
      const fields = columnsOf(columns)
      return saysWho(fields) && (fields.includes('password') || fields.includes('password_hash'))
    },
  },
})
