/** Plain CSV with a header, as spreadsheets and databases write it. The names of the columns may be written in many ways. */
import { isJsonObject } from '../../../json-object.ts'
import { isExportHeader } from '../csv.ts'
import type { ImportedUser } from '../imported-user.ts'
import {
  type Fields,
  fault,
  fieldsWithin,
  ignore,
  put,
  snakeCase,
  takeFlag,
  takeInstant,
  takeObject,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from './fields.ts'
import { createFormat } from './format.ts'
import { instantOf } from './instants.ts'
import { looksLocked } from './password-shape.ts'
import { userOfExportRow } from './roster.ts'
import type { Members } from './source-record.ts'

/** The names under which a field goes, in snake_case. The first column that fits a field is taken for it. */
const aliases: Record<string, string[]> = {
  username: ['username', 'user_name', 'login', 'user_login', 'login_name', 'uid', 'user'],
  email: ['email', 'mail', 'e_mail', 'email_address', 'user_email', 'mail_address'],
  email_verified: [
    ...['email_verified', 'is_email_verified', 'is_verified', 'verified', 'email_confirmed', 'mail_verified'],
    ...['email_verified_at', 'verified_at', 'email_confirmed_at', 'confirmed_at'],
  ],
  first_name: ['first_name', 'firstname', 'given_name', 'givenname', 'forename', 'name_first'],
  last_name: ['last_name', 'lastname', 'family_name', 'familyname', 'surname', 'sn', 'name_last'],
  status: ['status', 'account_status', 'user_status'],
  enabled: ['enabled', 'active', 'is_active', 'is_enabled'],
  disabled: ['disabled', 'blocked', 'banned', 'suspended', 'inactive', 'is_disabled', 'is_blocked'],
  roles: ['roles', 'role', 'user_roles'],
  id: ['id', 'uuid', 'user_id'],
  external_id: ['external_id', 'externalid'],
  metadata: ['metadata'],
  password: ['password', 'passwd', 'pass', 'plain_password', 'initial_password'],
  password_hash: [
    ...['password_hash', 'passwordhash', 'hashed_password', 'encrypted_password', 'password_digest'],
    ...['hash', 'pass_hash', 'user_pass', 'user_password'],
  ],
  created_at: [
    'created_at',
    'created',
    'created_on',
    'creation_date',
    'registered_at',
    'user_registered',
    'signup_date',
  ],
  updated_at: ['updated_at', 'updated', 'modified_at', 'last_modified', 'updated_on'],
  last_login_at: ['last_login_at', 'last_login', 'last_sign_in_at', 'last_signin', 'last_seen_at'],
}

const fieldOfAlias = new Map(
  Object.entries(aliases).flatMap(([field, names]) => names.map((name): [string, string] => [name, field])),
)

/** The names of fields in place of those of columns; a column that is none keeps its own. */
function columnsOf(header: string[]): (string | undefined)[] {
  const taken = new Set<string>()
  return header.map((column, index) => {
    const own = column.trim() || `column_${index + 1}`
    const field = fieldOfAlias.get(
      snakeCase(own)
        .toLowerCase()
        .replace(/[\s.-]+/g, '_'),
    )
    let name = field === undefined || taken.has(field) ? own : field
    // A column whose own name is that of another field, or is written twice.
    for (let count = 2; taken.has(name) || (name !== field && Object.hasOwn(aliases, name)); count++)
      name = `${own}_${count}`
    taken.add(name)
    return name.split('.').includes('__proto__') ? undefined : name
  })
}

const activeWords = ['active', 'enabled', 'activated', 'confirmed', 'verified']
const disabledWords = [
  'disabled',
  'inactive',
  'blocked',
  'banned',
  'suspended',
  'locked',
  'deactivated',
  'archived',
]

function statusOfWord(word: string): 'active' | 'disabled' | undefined {
  if (activeWords.includes(word)) return 'active'
  return disabledWords.includes(word) ? 'disabled' : undefined
}

function statusOf(fields: Fields): 'active' | 'disabled' | undefined {
  const text = takeWord(fields, 'status')
  const status = text === undefined ? undefined : statusOfWord(text.toLowerCase())
  if (text !== undefined && status === undefined) fault(fields, ['status'], 'is neither active nor disabled')
  const enabled = takeFlag(fields, 'enabled')
  const disabled = takeFlag(fields, 'disabled')
  if (status === 'disabled' || enabled === false || disabled === true) return 'disabled'
  return status ?? (enabled === undefined && disabled === undefined ? undefined : 'active')
}

/** `metadata`, then `metadata.x` and the columns that are no fields. */
function metadataOf(fields: Fields): Members {
  const metadata: Members = { ...takeObject(fields, 'metadata') }
  for (const [name, value] of Object.entries(takeRest(fields, (own) => own))) {
    if (name.startsWith('metadata.')) putPath(metadata, name.split('.').slice(1), value)
    else put(metadata, name, value)
  }
  return metadata
}

function putPath(metadata: Members, [name = '', ...path]: string[], value: unknown): void {
  const inner = Object.hasOwn(metadata, name) ? metadata[name] : {}
  if (path.length === 0) put(metadata, name, value)
  else if (!isJsonObject(inner)) put(metadata, [name, ...path].join('.'), value)
  else {
    putPath(inner, path, value)
    metadata[name] = inner
  }
}

/** A mark of a lock in the column of the hash says the same as in that of the password. */
function secretsOf(fields: Fields) {
  const password = takeText(fields, 'password')
  const password_hash = takeWord(fields, 'password_hash')
  const isLocked = password_hash !== undefined && looksLocked(password_hash, fields.looksLikeHash)
  return isLocked ? { password: password_hash } : { password, password_hash }
}

/** How databases and spreadsheets write that there is no value. */
const nothing = /^\s*(NULL|\\N|N\/A|0000-00-00([T ]00:00:00(\.0+)?)?)?\s*$/

function withoutNothings(members: Members): Members {
  const said = Object.entries(members).filter(
    ([, value]) => typeof value !== 'string' || !nothing.test(value),
  )
  return Object.fromEntries(said)
}

/** The date of the confirmation says yes. */
function emailVerifiedOf(fields: Fields): boolean | undefined {
  const isDate = instantOf(fields.members['email_verified']) !== undefined
  if (isDate) ignore(fields, 'email_verified')
  return isDate || takeFlag(fields, 'email_verified')
}

function userOfRow(row: Fields): ImportedUser {
  const fields = fieldsWithin(row, withoutNothings(row.members))
  const username = takeWord(fields, 'username')
  const email = takeWord(fields, 'email')
  const id = takeWord(fields, 'id')
  const externalId = takeWord(fields, 'external_id')
  const isOurs = id !== undefined && /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id)
  const roles = takeText(fields, 'roles')
    ?.split(/[;|,\s]+/)
    .filter(Boolean)
  const parts = {
    id: isOurs ? id.toLowerCase() : undefined,
    email,
    email_verified: emailVerifiedOf(fields),
    first_name: takeWord(fields, 'first_name'),
    last_name: takeWord(fields, 'last_name'),
    status: statusOf(fields),
    roles: roles && [...new Set(roles)],
    external_id: externalId ?? (isOurs ? undefined : id),
    created_at: takeInstant(fields, 'created_at'),
    updated_at: takeInstant(fields, 'updated_at'),
    last_login_at: takeInstant(fields, 'last_login_at'),
    ...secretsOf(fields),
  }
  const metadata = metadataOf(fields)
  if (externalId !== undefined && !isOurs) put(metadata, 'id', id)
  return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
}

export const csv = createFormat({
  name: 'csv',
  likeness({ isCsv, header }) {
    if (!isCsv) return 0
    const columns = columnsOf(header)
    if (!columns.includes('username') && !columns.includes('email')) return 0
    return header.length === 1 ? 0.3 : 0.6
  },
  userReader: () => userOfRow,
  csv: {
    only: true,
    readHeader(header) {
      if (isExportHeader(header)) return { columns: header, readUser: userOfExportRow }
      const columns = columnsOf(header)
      if (columns.includes('username') || columns.includes('email')) return { columns }
      return { unknownHeader: 'The header has no column for a username or an e-mail address.' }
    },
  },
})
