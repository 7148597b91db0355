/** Forums: phpBB's table of users, and Discourse's tables joined by the query in the documentation. */
import { nowMs } from '../../../../clock.ts'
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
import type { StatedDigest } from '../password-shape.ts'
import { namesOfWhole, withoutEntities } from './parts.ts'

const ofPhpbb = [
  ...['username_clean', 'user_permissions', 'user_passchg', 'user_email_hash', 'user_form_salt', 'user_type'],
  ...['user_last_confirm_key', 'user_actkey', 'reset_token', 'user_newpasswd', 'user_inactive_time'],
]

/** Account types: 0 and 3 (founders) can sign in, 1 is not activated, 2 is a bot or the guest. */
function readPhpbb(statedDigest: StatedDigest) {
  return (fields: Fields): ImportedUser | { skipped: string } => {
    const type = takeWord(fields, 'user_type')
    if (type === '2') return { skipped: 'a bot or guest, not a person' }
    const username = withoutEntities(takeWord(fields, 'username'))
    const email = takeWord(fields, 'user_email')
    const text = takeText(fields, 'user_password')
    const isMd5 = /^[0-9a-f]{32}$/i.test(text ?? '')
    const parts = {
      email,
      status: type === '1' ? ('disabled' as const) : ('active' as const),
      external_id: takeWord(fields, 'user_id'),
      created_at: takeInstantOrZero(fields, 'user_regdate'),
      last_login_at: takeInstantOrZero(fields, 'user_lastvisit'),
      ...(isMd5 ? { password_hash: statedDigest('md5:password', '', text!) } : { password: text }),
    }
    ignore(fields, ...ofPhpbb)
    const metadata = takeRest(fields)
    return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
  }
}

function takeInstantOrZero(fields: Fields, name: string): string | undefined {
  if (!/^0*$/.test(String(fields.members[name] ?? ''))) return takeInstant(fields, name)
  ignore(fields, name)
  return undefined
}

/** Discourse stores PBKDF2 in hexadecimal, and the salt as text. */
function discourseHash(fields: Fields): string | undefined {
  const digest = takeWord(fields, 'password_hash')
  const salt = takeWord(fields, 'password_salt', 'salt')
  const algorithm = takeWord(fields, 'password_algorithm') ?? '$pbkdf2-sha256$i=64000,l=32$'
  if (digest === undefined || salt === undefined || !/^[0-9a-f]+$/i.test(digest)) return digest
  const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `${algorithm}${base64(Buffer.from(salt))}$${base64(Buffer.from(digest, 'hex'))}`
}

function readDiscourse(fields: Fields): ImportedUser | { skipped: string } {
  const id = takeWord(fields, 'id', 'user_id')
  if (id?.startsWith('-')) return { skipped: 'an account of the system, not a person' }
  const username = takeWord(fields, 'username')
  const email = takeWord(fields, 'email')
  const suspended = takeInstant(fields, 'suspended_till')
  const isActive = takeFlag(fields, 'active')
  const isOff = isActive === false || (suspended !== undefined && Date.parse(suspended) > nowMs())
  const roles = ['admin', 'moderator'].filter((name) => takeFlag(fields, name) === true)
  const parts = {
    email,
    email_verified: isActive,
    ...namesOfWhole(takeWord(fields, 'name')),
    status: isOff ? ('disabled' as const) : ('active' as const),
    roles: roles.length > 0 ? roles : undefined,
    external_id: id,
    created_at: takeInstant(fields, 'created_at'),
    last_login_at: takeInstant(fields, 'last_seen_at'),
    password_hash: discourseHash(fields),
  }
  ignore(fields, 'username_lower', 'approved', 'staged')
  const metadata = takeRest(fields)
  return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
}

export function createForums(statedDigest: StatedDigest) {
  return [
    createFormat({
      name: 'phpbb',
      likeness: ({ names }) =>
        hasAll(names, 'user_password', 'user_email') && hasAny(names, 'user_regdate', 'username_clean')
          ? 0.95
          : 0,
      userReader: () => readPhpbb(statedDigest),
      csv: {},
      sql: {
        users: (_table, columns) =>
          ['username_clean', 'user_password'].every((name) => columns.includes(name)),
        others: /(^|_)(acl_users|acl_options|bbcodes)$/,
      },
    }),
    createFormat({
      name: 'discourse',
      likeness: ({ names }) => (hasAll(names, 'trust_level', 'username', 'email') ? 0.95 : 0),
      userReader: () => readDiscourse,
      csv: {},
    }),
  ]
}
