/**
 * A user as the JSON that is sent, written by the database: one text, where columns would become objects, twice on SQLite, and
 * then text again. It means the same as `userOf`.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../../database/database.ts'
import type { User } from '../user.ts'

export function userJson(dialect: Dialect, names: readonly (keyof User)[]): RawBuilder<string> {
  const { jsonText: text, jsonInstant: instant, jsonRolesOf: rolesOf } = dialect
  const values: Record<keyof User, RawBuilder<string>> = {
    id: text(sql`users.id`),
    username: text(sql`users.username`),
    email: text(sql`users.email`),
    email_verified: sql`case when users.email_verified_at is null then 'false' else 'true' end`,
    first_name: text(sql`users.first_name`),
    last_name: text(sql`users.last_name`),
    status: sql`case when users.disabled_at is null then '"active"' else '"disabled"' end`,
    roles: rolesOf(sql`users.id`),
    external_id: text(sql`users.external_id`),
    metadata: sql`users.metadata`,
    profile: sql`users.profile`,
    created_at: instant(sql`users.created_at`),
    updated_at: instant(sql`users.updated_at`),
    last_login_at: instant(sql`users.last_login_at`),
  }
  const members = names.map(
    (name, at) => sql`${sql.lit(`${at === 0 ? '{' : ','}"${name}":`)}, ${values[name]}`,
  )
  return sql`concat(${sql.join(members)}, '}')`
}
