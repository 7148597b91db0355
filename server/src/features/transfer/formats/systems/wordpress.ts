/** WordPress: `wp_users` as CSV or in a dump of the database, and `wp user list` as CSV or JSON. */
import type { ImportedUser } from '../../imported-user.ts'
import {
  type Fields,
  ignore,
  put,
  take,
  takeInstant,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from '../fields.ts'
import { createFormat } from '../format.ts'
import { hasAny } from '../outline.ts'
import type { StatedDigest } from '../password-shape.ts'
import { withoutEntities } from './parts.ts'

/** Before version 2.5, or if a password was set directly in the database, the column contains an MD5 digest. */
function passwordOf(fields: Fields, statedDigest: StatedDigest) {
  const text = takeText(fields, 'user_pass')
  if (text === undefined || !/^[0-9a-f]{32}$/i.test(text)) return { password: text }
  return { password_hash: statedDigest('md5:password', '', text) }
}

function rolesOf(fields: Fields): string[] | undefined {
  const value = take(fields, 'roles')
  const roles = (Array.isArray(value) ? value.map(String) : String(value ?? '').split(',')).filter(Boolean)
  return roles.length > 0 ? roles : undefined
}

function userReader(statedDigest: StatedDigest) {
  return (fields: Fields): ImportedUser | { skipped: string } => {
    const username = withoutEntities(takeWord(fields, 'user_login'))
    const email = takeWord(fields, 'user_email')
    const flagged = ['spam', 'deleted'].filter((name) => /^[1-9]/.test(String(fields.members[name] ?? '')))
    const parts = {
      email,
      first_name: takeWord(fields, 'first_name'),
      last_name: takeWord(fields, 'last_name'),
      // `user_status` is unused since version 2.0; networks have flags for spammers and deleted users.
      status: flagged.length > 0 ? ('disabled' as const) : ('active' as const),
      roles: rolesOf(fields),
      external_id: takeWord(fields, 'ID', 'id'),
      created_at: takeRegistered(fields),
      ...passwordOf(fields, statedDigest),
    }
    ignore(fields, 'user_status', 'user_activation_key', 'spam', 'deleted')
    if (fields.members['user_nicename'] === fields.members['user_login']) ignore(fields, 'user_nicename')
    const name = withoutEntities(takeWord(fields, 'display_name'))
    const metadata = takeRest(fields)
    if (name !== username) put(metadata, 'display_name', name)
    return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
  }
}

function takeRegistered(fields: Fields): string | undefined {
  if (/^0000-/.test(String(fields.members['user_registered']))) ignore(fields, 'user_registered')
  else return takeInstant(fields, 'user_registered')
  return undefined
}

export function createWordpress(statedDigest: StatedDigest) {
  return createFormat({
    name: 'wordpress',
    likeness: ({ names }) =>
      names.has('user_login') && hasAny(names, 'user_pass', 'user_nicename', 'user_registered') ? 0.95 : 0,
    userReader: () => userReader(statedDigest),
    csv: {},
    sql: {
      users: (_table, columns) => columns.includes('user_login') && columns.includes('user_pass'),
      others: /(^|_)(commentmeta|postmeta|termmeta|term_relationships)$/,
    },
  })
}
