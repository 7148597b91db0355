/** Records of systems without a separate format: JSON, and tables in database dumps. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import { columnsOf, fieldNames } from '../columns/column-names.ts'
import { genericUser } from '../columns/generic-user.ts'
import { nestedNames } from '../columns/nested-names.ts'
import type { ImportedUser } from '../imported-user.ts'
import { type Fields, fieldsWithin } from './fields.ts'
import { createFormat } from './format.ts'
import { saysWho as saysWhoOf, wrappers } from './json-shape.ts'
import { hasAny } from './outline.ts'
import { withPages } from './pages.ts'
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

/** The value as in a cell of a table. */
function cellOf(field: string, value: unknown): unknown {
  const plain = plainValue(value)
  if (field === 'roles' && Array.isArray(plain))
    return plain.filter((role) => typeof role === 'string').join(';')
  if (field === 'status' && typeof plain === 'boolean') return String(plain)
  return plain
}

/** DynamoDB names the type of each value: `{"email": {"S": "…"}}`. */
const dynamoType = /^(S|N|BOOL|NULL|M|L|SS|NS)$/

function ofDynamo(value: unknown): unknown {
  if (!isJsonObject(value)) return value
  const [[type = '', inner] = []] = Object.entries(value)
  if (type === 'NULL') return null
  if (type === 'M' && isJsonObject(inner)) return membersOfDynamo(inner)
  return type === 'L' && Array.isArray(inner) ? inner.map(ofDynamo) : inner
}

const membersOfDynamo = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).map(([name, each]) => [name, ofDynamo(each)]))

const isOfDynamo = (value: unknown): boolean =>
  isJsonObject(value) && Object.keys(value).length === 1 && dynamoType.test(Object.keys(value)[0]!)

/** Whether the record itself has a name or an address. */
const isBare = (members: Members): boolean =>
  Object.entries(members).some(([name, value]) => saysWhoOf(name) && !isJsonObject(value))

/** The record without wrappers (`node`, `attributes`) and without the types of values. */
function bareRecord(members: Members): Members {
  const values = Object.values(members)
  if (values.length > 0 && values.every(isOfDynamo)) return membersOfDynamo(members)
  if (isBare(members)) return members
  const [wrapper, ...more] = Object.entries(members).flatMap(([name, value]) => {
    const inner = wrappers.has(name) && isJsonObject(value) ? bareRecord(value) : undefined
    return inner && isBare(inner) ? [{ name, inner }] : []
  })
  if (wrapper === undefined || more.length > 0) return members
  const { [wrapper.name]: _, ...others } = members
  return { ...others, ...wrapper.inner }
}

/** The members with the names of our fields. */
export function readRecord(record: Fields): ImportedUser | { skipped: string } {
  const bare = bareRecord(record.members)
  const fields = bare === record.members ? record : fieldsWithin(record, bare)
  const names = Object.keys(fields.members)
  const columns = columnsOf(names)
  const renamed: Members = {}
  for (const [index, name] of names.entries()) {
    const field = columns[index]
    if (field === undefined) continue
    const value = cellOf(field, fields.members[name])
    // An object instead of a text: its members are searched.
    if (holdsText.has(field) && typeof value === 'object') renamed[otherName(name)] = value
    else renamed[field] = value
  }
  const inner = saysWho(columns) && renamed['email'] !== undefined ? {} : nestedNames(fields.members)
  const user = genericUser(fieldsWithin(fields, { ...given(inner), ...renamed }))
  if (user.email === undefined && /^(bot|app)$/.test(String(fields.members['type'])))
    return { skipped: 'a bot, not a person' }
  const isNobody = user.email === undefined && user.username === undefined
  return isNobody && !isLikePerson(fields.members)
    ? { skipped: 'a record without a name or an address' }
    : user
}

const holdsText = new Set(['username', 'email', 'password', 'password_hash', 'first_name', 'last_name', 'id'])

/** A name for a member that is not one of our fields. */
const otherName = (name: string) => (fieldNames.includes(name) ? `${name}_2` : name)

const given = (names: object) =>
  Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined))

/** Whether a record without a name is a user: it has a column for the name. */
function isLikePerson(members: Members): boolean {
  return saysWho(columnsOf(Object.keys(members)))
}

const described = { likeness: () => 0, userReader: () => readRecord, hashesIn: 'members' as const }

const jsonOrPage = createFormat({
  ...described,
  name: 'json',
  sign: 'its records name a username or an e-mail address',
  anyShape: true,
  lists: [
    'users',
    'data',
    'value',
    'items',
    'records',
    'results',
    'result',
    'members',
    'people',
    'accounts',
    'rows',
  ],
  likeness({ names, deep, isCsv }) {
    if (isCsv) return 0
    if (saysWho(columnsOf([...names]))) return 0.4
    // The names may be nested: `traits.email`, `emails[0].address`.
    return hasAny(names, ...holders) &&
      saysWho(columnsOf([...deep, ...(names.has('emails') ? ['email'] : [])]))
      ? 0.3
      : 0
  },
})

/** PocketBase, GraphQL, Microsoft Graph, Google and others return users in pages. */
export const json = withPages(
  jsonOrPage,
  /"(?:totalItems|totalResults|totalCount|totalRecords|totalDocs|total_count|pagination"\s*:\s*\{[^{}]*"total)"\s*:\s*(\d{1,9})/,
  /"(?:nextPageToken|next_page_token|nextCursor|next_cursor|@odata\.nextLink)"\s*:\s*"[^"]|"(?:hasNextPage|has_next_page|hasMore|has_more)"\s*:\s*true/,
)

/** Members with the identity of a user. */
const holders = [
  'traits',
  'emails',
  'human',
  'local',
  'loginMethods',
  'profile',
  'identity',
  'contact',
  'email_addresses',
]

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
