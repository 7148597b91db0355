/** Reads a user from members with the names of our fields, with values of spreadsheets and databases. */
import { fromBase32 } from '../../../encoding/base32.ts'
import { isJsonObject } from '../../../encoding/json-object.ts'
import {
  type Fields,
  put,
  takeInstant,
  takeObject,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from '../formats/fields.ts'
import { openJson } from '../formats/json-value.ts'
import { looksLocked } from '../formats/password-shape.ts'
import type { Members } from '../formats/source-record.ts'
import type { ImportedUser } from '../imported-user.ts'
import { statusOf } from './account-status.ts'
import { takeVerified } from './dated-flags.ts'

/** `metadata`, then `metadata.x` and the members that are not fields. */
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

const algorithmName = /^(bcrypt|argon2\w*|scrypt\w*|pbkdf2[\w-]*|md5|sha-?\d*|phpass|plain(text)?)$/i

/**
 * The mark of a locked account may be in the column of the hash or of the password. A column `hash` may contain the name
 * of the algorithm instead.
 */
function secretsOf(fields: Fields) {
  const password = takeText(fields, 'password')
  const text = takeWord(fields, 'password_hash')
  const password_hash = text !== undefined && algorithmName.test(text) ? undefined : text
  const isLocked = password_hash !== undefined && looksLocked(password_hash, fields.looksLikeHash)
  return isLocked ? { password: password_hash } : { password, password_hash }
}

/** The secret of an authenticator app. Other texts, such as encrypted ones, are not imported. */
function totpSecretOf(fields: Fields): string | undefined {
  const { totp_secret: text } = fields.members
  if (typeof text !== 'string' || (fromBase32(text)?.length ?? 0) < fewestBytes) return undefined
  return takeWord(fields, 'totp_secret')
}
const fewestBytes = 10

/** The names in a text with separators, in a JSON list, in a PostgreSQL array (`{a,b}`), or in a serialized PHP array. */
function rolesIn(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined
  const opened = openJson(text)
  if (Array.isArray(opened)) return opened.filter((role) => typeof role === 'string')
  const serialized = /^a:\d+:\{/.test(text) ? [...text.matchAll(/s:\d+:"([^"]*)"/g)] : []
  if (serialized.length > 0) return serialized.map(([, role = '']) => role)
  return text
    .replace(/^\{(.*)\}$/, '$1')
    .split(/[;|,\s]+/)
    .filter(Boolean)
}

/** The user principal name of Microsoft's directories, which is the address of users without a mailbox. */
export function principalOf({ members }: Pick<Fields, 'members'>): string | undefined {
  const name = Object.keys(members).find((each) => /^user_?principal_?name$/i.test(each))
  const value = name === undefined ? undefined : members[name]
  return typeof value === 'string' && /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value.trim())
    ? value.trim()
    : undefined
}

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i

export function genericUser(fields: Fields): ImportedUser {
  const name = takeWord(fields, 'username')
  const email = takeWord(fields, 'email') ?? principalOf(fields)
  // A column `UID` may contain a generated id, which is not a username.
  const isIdentified = email !== undefined && name !== undefined && uuid.test(name)
  const username = isIdentified ? undefined : name
  const id = takeWord(fields, 'id') ?? (isIdentified ? name : undefined)
  const externalId = takeWord(fields, 'external_id')
  const isOurs = id !== undefined && uuid.test(id)
  const roles = rolesIn(takeText(fields, 'roles'))
  const parts = {
    id: isOurs ? id.toLowerCase() : undefined,
    email,
    email_verified: takeVerified(fields, 'email_verified'),
    first_name: takeWord(fields, 'first_name'),
    last_name: takeWord(fields, 'last_name'),
    status: statusOf(fields),
    roles: roles && [...new Set(roles)],
    external_id: externalId ?? (isOurs ? undefined : id),
    created_at: takeInstant(fields, 'created_at'),
    updated_at: takeInstant(fields, 'updated_at'),
    last_login_at: takeInstant(fields, 'last_login_at'),
    profile: isJsonObject(openJson(fields.members['profile'])) ? takeObject(fields, 'profile') : undefined,
    ...secretsOf(fields),
    totp_secret: totpSecretOf(fields),
  }
  const metadata = metadataOf(fields)
  if (externalId !== undefined && !isOurs) put(metadata, 'id', id)
  return userOfParts(fields, { username: usernameOf(username, email, metadata), ...parts, metadata })
}
