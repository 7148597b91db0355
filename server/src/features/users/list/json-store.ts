/**
 * SQL that makes the JSON of a user in the database. Otherwise columns would become objects, on SQLite twice, and then text.
 * The result is the same as that of `userOf`.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../../database/database.ts'
import type { User } from '../user.ts'

/** Required for fields that are no texts; optional for texts that differ from the column of the same name. */
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
