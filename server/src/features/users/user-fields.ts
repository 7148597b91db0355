/** The fields of a user: their defaults and rules, and the conversion between fields and columns. */
import { fromJsonText, jsonText } from '../../encoding/json-text.ts'
import { keysOf } from '../../encoding/keys.ts'
import type { Fault } from '../../errors.ts'
import { checkEmail, keyWithoutEmail } from './names/email.ts'
import { localeFault, localeOf } from './names/locale.ts'
import { shownName } from './names/shown-name.ts'
import { foldCase } from './names/text.ts'
import { checkUsername, type UsernameChooser } from './names/username.ts'
import { faultOfExternalId, faultOfName, faultsOfJson } from './profile-fields.ts'
import { searchTextOf } from './search-text.ts'
import { rolesOf, type Snapshot, type StoredUser, type User, type UserFields, type UserRow } from './user.ts'

/** The columns that `userOf` reads. */
export const shownColumns = [
  'id',
  'username',
  'email',
  'email_verified_at',
  'first_name',
  'last_name',
  'locale',
  'disabled_at',
  'external_id',
  'metadata',
  'profile',
  'version',
  'created_at',
  'updated_at',
  'last_login_at',
] as const

export type ShownRow = Pick<UserRow, (typeof shownColumns)[number] | 'roles'>

/** Fields that only administrators may write. */
export const administratorFields = ['email_verified', 'status', 'roles', 'external_id', 'metadata'] as const

/** The defaults of the fields that users may write for themselves. */
export const ownFieldDefaults = {
  email: null,
  first_name: null,
  last_name: null,
  locale: null,
  profile: {},
} as const satisfies Partial<UserFields>

/** The defaults of all fields that a request may omit. */
export const fieldDefaults = {
  ...ownFieldDefaults,
  email_verified: false,
  status: 'active',
  roles: ['user'],
  external_id: null,
  metadata: {},
} as const satisfies Partial<UserFields>

export type UserColumns = Partial<StoredUser>

const blanks = new Set(
  ' \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000',
)

/** Removes the blanks around names and addresses that phone keyboards and spreadsheets add. */
export function withoutBlanks<Fields extends Partial<UserFields>>(fields: Fields): Fields {
  const bare = { ...fields }
  for (const field of ['username', 'email', 'first_name', 'last_name'] as const) {
    const typed = fields[field]
    if (typeof typed === 'string') bare[field] = withoutOuterBlanks(typed)
  }
  return bare
}

function withoutOuterBlanks(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && blanks.has(text[start]!)) start += 1
  while (end > start && blanks.has(text[end - 1]!)) end -= 1
  return text.slice(start, end)
}

/** Whether a user must have an e-mail address. */
export type EmailRule = 'required' | 'optional'
/** The chooser of the fields, and whether a user must have an address. */
export type FieldRules = { by: UsernameChooser; email: EmailRule }

/** All faults of the given fields. `current` is the existing row when a user is changed. */
export function faultsOfFields(
  fields: Partial<UserFields>,
  { by, email }: FieldRules,
  current?: UserRow,
): Fault[] {
  const faults: Fault[] = []
  const add = (field: string, fault: { code: string; detail: string } | undefined) => {
    if (fault) faults.push({ pointer: `/${field}`, code: fault.code, detail: fault.detail })
  }
  if (fields.username !== undefined && fields.username !== current?.username) {
    const check = checkUsername(fields.username, by)
    // A user may change the case of a reserved name that an administrator gave them, but may not choose another reserved name.
    if (
      !check.ok &&
      !(check.code === 'username_reserved' && current?.username_key === foldCase(fields.username))
    )
      add('username', check)
  }
  const address = fields.email === undefined ? current?.email : fields.email
  // A user without an address may remain without one when the installation later requires addresses.
  if (fields.email === null && email === 'required' && current?.email !== null)
    add('email', { code: 'required', detail: 'Is required.' })
  else if (fields.email_verified && address === null)
    add('email_verified', { code: 'no_email_address', detail: 'There is no e-mail address to be verified.' })
  if (fields.email != null && fields.email !== current?.email) {
    const check = checkEmail(fields.email)
    if (!check.ok) add('email', check)
  }
  for (const field of ['first_name', 'last_name'] as const) {
    const value = fields[field]
    if (value != null && value !== current?.[field]) add(field, faultOfName(value))
  }
  if (fields.locale != null && localeOf(fields.locale) === undefined) add('locale', localeFault)
  if (fields.external_id != null && fields.external_id !== current?.external_id) {
    add('external_id', faultOfExternalId(fields.external_id))
  }
  for (const field of ['metadata', 'profile'] as const)
    if (fields[field] !== undefined) faults.push(...faultsOfJson(field, fields[field]))
  return faults
}

/**
 * The columns for the given fields, which must have no faults. A new address is unverified unless `email_verified` says
 * otherwise. `current` is the existing row; for a new user it has only the id.
 */
export function columnsOf(
  fields: Partial<UserFields>,
  now: string,
  current: Pick<UserRow, 'id'> & Partial<UserRow>,
): UserColumns {
  const columns: UserColumns = {}
  if (fields.username !== undefined) {
    columns.username = fields.username.normalize('NFC')
    columns.username_key = foldCase(fields.username)
  }
  if (fields.email !== undefined) {
    Object.assign(columns, addressColumns(fields.email, current.id))
    if (columns.email_key !== current.email_key) columns.email_verified_at = null
  }
  if (fields.email_verified !== undefined) {
    const email = columns.email === undefined ? current.email : columns.email
    const since = columns.email_verified_at === null ? null : (current.email_verified_at ?? null)
    columns.email_verified_at = fields.email_verified && email != null ? (since ?? now) : null
  }
  for (const field of ['first_name', 'last_name'] as const) {
    const value = fields[field]
    if (value === undefined) continue
    const name = value === null ? null : shownName(value)
    columns[field] = name
    columns[`${field}_key`] = name === null ? null : foldCase(name)
  }
  if (fields.locale !== undefined)
    columns.locale = fields.locale === null ? null : (localeOf(fields.locale) ?? null)
  if (fields.status !== undefined)
    columns.disabled_at = fields.status === 'active' ? null : (current.disabled_at ?? now)
  if (fields.external_id !== undefined) columns.external_id = fields.external_id
  for (const field of ['metadata', 'profile'] as const)
    if (fields[field] !== undefined) columns[field] = jsonText(fields[field])
  columns.search_text = searchTextOf({ ...current, ...columns })
  return columns
}

/** The columns that have no value in a new user. */
const noValues = {
  ...{ previous_username_key: null, email: null, email_verified_at: null },
  ...{ first_name: null, first_name_key: null, last_name: null, last_name_key: null, locale: null },
  ...{ disabled_at: null, external_id: null, profile: jsonText({}) },
}

/** The columns of a new user, from a complete set of fields. */
export function columnsOfNew(fields: UserFields, now: string, id: string) {
  const columns = columnsOf(fields, now, { id })
  const { username, username_key, email_key, metadata, search_text } = columns
  if (
    username === undefined ||
    username_key === undefined ||
    email_key === undefined ||
    metadata === undefined ||
    search_text === undefined
  )
    throw new Error('a new user lacks a column')
  return { ...noValues, ...columns, username, username_key, email_key, metadata, search_text }
}

function addressColumns(email: string | null, userId: string) {
  if (email === null) return { email, email_key: keyWithoutEmail(userId) }
  const check = checkEmail(email)
  return { email: email.normalize('NFC'), email_key: check.ok ? check.key : email }
}

/** The names of those `columns` that differ from the row. */
export function changedColumns(row: UserRow, columns: UserColumns): (keyof UserColumns)[] {
  return keysOf(columns).filter((name) => columns[name] !== row[name])
}

export function userOf(row: ShownRow): User {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    email_verified: row.email_verified_at !== null,
    first_name: row.first_name,
    last_name: row.last_name,
    locale: row.locale,
    status: row.disabled_at === null ? 'active' : 'disabled',
    roles: rolesOf(row),
    external_id: row.external_id,
    metadata: fromJsonText(row.metadata),
    profile: fromJsonText(row.profile),
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_login_at: row.last_login_at,
  }
}

export function snapshotOf(row: ShownRow & { deleted_at: string | null }): Snapshot {
  const { last_login_at: _, ...user } = userOf(row)
  return { version: row.version, deleted_at: row.deleted_at, user }
}
