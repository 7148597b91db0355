/** Drupal: the table of users (`users` of version 7, `users_field_data` since 8) as CSV or in a dump of the database. */
import type { ImportedUser } from '../../imported-user.ts'
import {
  type Fields,
  ignore,
  takeFlag,
  takeInstant,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from '../fields.ts'
import { createFormat } from '../format.ts'
import { hasAll, hasAny } from '../outline.ts'

function readUser(fields: Fields): ImportedUser | { skipped: string } {
  const id = takeWord(fields, 'uid')
  if (id === '0') return { skipped: 'the guest, not a person' }
  const username = takeWord(fields, 'name')
  const email = takeWord(fields, 'mail')
  const parts = {
    email,
    status: takeFlag(fields, 'status') === false ? ('disabled' as const) : ('active' as const),
    external_id: id,
    created_at: takeInstant(fields, 'created'),
    last_login_at: takeInstant(fields, 'login', 'access'),
    password: takeText(fields, 'pass'),
  }
  ignore(fields, 'access', 'changed', 'init', 'default_langcode', 'langcode', 'preferred_admin_langcode')
  ignore(fields, 'theme', 'signature', 'signature_format', 'picture', 'data', 'language')
  const metadata = takeRest(fields)
  return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
}

const names = ['uid', 'name', 'mail', 'pass']

export const drupal = createFormat({
  name: 'drupal',
  likeness: (signs) =>
    hasAll(signs.names, ...names) && hasAny(signs.names, 'login', 'access', 'langcode', 'created') ? 0.95 : 0,
  userReader: () => readUser,
  csv: {},
  sql: {
    users: (_table, columns) => names.every((name) => columns.includes(name)),
    others: /(^|_)(block_content|cache_bootstrap|node_field_data|taxonomy_term_data)$/,
  },
})
