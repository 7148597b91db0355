/**
 * SQL that builds the JSON of users in the database, for a page as one text. This saves the conversion of columns to
 * objects, which SQLite needs twice, and of objects to text. The JSON of a user equals the result of `userOf`.
 */
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import type { Database, Dialect, Reader } from '../../../database/database.ts'
import type { Tables } from '../../../database/schema/schema.ts'
import { fromJsonText, type JsonText } from '../../../encoding/json-text.ts'
import type { PageOf } from '../../../page.ts'
import type { User } from '../user.ts'
import type { Built } from './forms.ts'

/** The position of a row in the order of its list. */
export type Placed = { id: string; place: string }
/** A user as the text of its JSON. */
export type JsonRow = Placed & { json: string }
/**
 * The rows of all users as one row: the JSON of each user followed by a comma, and the other columns as JSON arrays.
 */
export type MergedUsers = {
  users: Uint8Array | string
  /** In bytes. */
  lengths: JsonText<number[]> | null
  ids: JsonText<string[]> | null
  places: JsonText<string[]> | null
}

export type JsonUsers = {
  /** In the order of the list. */
  rows: readonly Placed[]
  /** The JSON array of the first `count` users of the list. */
  arrayOf(count: number): Buffer
}

/** Required for fields that are not text; optional for text fields that differ from the column of the same name. */
type Values = { [F in keyof User as User[F] extends string | null ? never : F]: RawBuilder<string> } & {
  [F in keyof User]?: RawBuilder<string>
}

export function userJson(dialect: Dialect, names: readonly (keyof User)[]): RawBuilder<string> {
  const { jsonText: text, jsonInstant: instant, jsonRolesOf: rolesOf } = dialect
  const values: Values = {
    email_verified: sql`case when users.email_verified_at is null then 'false' else 'true' end`,
    status: sql`case when users.disabled_at is null then '"active"' else '"disabled"' end`,
    roles: rolesOf(sql`users.id`),
    metadata: sql`users.metadata`,
    profile: sql`users.profile`,
    created_at: instant(sql`users.created_at`),
    updated_at: instant(sql`users.updated_at`),
    last_login_at: instant(sql`users.last_login_at`),
  }
  const members = names.map((name, at) => {
    const value = values[name] ?? text(sql`${sql.ref(`users.${name}`)}`)
    return sql`${sql.lit(`${at === 0 ? '{' : ','}"${name}":`)}, ${value}`
  })
  return sql`concat(${sql.join(members)}, '}')`
}

/** Finds the JSON of a user by the id, outside the recycle bin. */
export function createUserJsonStore({ read, prepare, dialect }: Database, names: readonly (keyof User)[]) {
  const byId = prepare<{ json: string; version: number }>(
    read
      .selectFrom('users')
      .select(['version', userJson(dialect, names).as('json')])
      .where('id', '=', '')
      .where('deleted_at', 'is', null)
      .compile(),
  )
  return { find: (id: string) => byId(id) }
}

export function mergedUsers(
  from: Reader,
  dialect: Dialect,
  rows: SelectQueryBuilder<Tables, 'users', JsonRow>,
): Built<MergedUsers> {
  const { jsonArrayOf: arrayOf, bytes } = dialect
  return from
    .selectFrom(rows.as('found'))
    .select([
      bytes(sql`concat('[', string_agg(found.json, ','), ',')`).as('users'),
      arrayOf<number>(sql`octet_length(found.json)`).as('lengths'),
      arrayOf<string>(sql`found.id`).as('ids'),
      arrayOf<string>(sql`found.place`).as('places'),
    ])
}

export function jsonUserOf(rows: JsonRow[]): JsonUsers {
  return { rows, arrayOf: (count) => Buffer.from(count === 0 ? '[]' : `[${rows[0]!.json}]`) }
}

export function jsonUsersOf([merged]: MergedUsers[], { direction }: PageOf): JsonUsers {
  const ids = merged?.ids ? fromJsonText(merged.ids) : []
  if (!merged?.lengths || !merged.places || ids.length === 0)
    return { rows: [], arrayOf: () => Buffer.from('[]') }
  const lengths = fromJsonText(merged.lengths)
  const places = fromJsonText(merged.places)
  const rows = ids.map((id, at) => ({ id, place: places[at]! }))
  const users = bufferOf(merged.users)
  if (direction === 'next') return { rows, arrayOf: (count) => firstOf(users, lengths.slice(0, count)) }
  return { rows: rows.reverse(), arrayOf: (count) => firstReversed(users, lengths.slice(0, count)) }
}

const bufferOf = (bytes: Uint8Array | string): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

/** Avoids a copy: writes the closing bracket over the comma after the last user. */
function firstOf(users: Buffer, lengths: readonly number[]): Buffer {
  const end = lengths.reduce((sum, length) => sum + length + 1, 0)
  users.write(']', end)
  return users.subarray(0, end + 1)
}

/** The users of a previous page were read in reverse order. */
function firstReversed(users: Buffer, lengths: readonly number[]): Buffer {
  let start = 1
  const parts = lengths.map((length) => {
    const part = users.subarray(start, start + length + 1)
    start += length + 1
    return part
  })
  const reversed = Buffer.concat([users.subarray(0, 1), ...parts.reverse()])
  reversed.write(']', reversed.length - 1)
  return reversed
}
