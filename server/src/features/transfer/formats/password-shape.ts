/** What a text in the place of a plain password is by its shape. The text of a hash must never become a password. */
import type { ImportedUser } from '../imported-user.ts'

const hashShapes = [
  /^\$(2[abxy]|argon2\w*|pbkdf2[\w-]*|wp|bcrypt-sha256|scrypt|fbscrypt|firescrypt|f_scrypt|apr1|md5[\w-]*|sha\w*(-crypt)?|hmac-[\w-]+|gy|y|[PHS13567])\$/,
  /^U\$[SPH]\$/,
  /^(pbkdf2_sha\w*|pbkdf2|bcrypt(_sha256)?|scrypt|argon2|md5|sha1|sha256|sha512)\$/,
  /^(pbkdf2|scrypt):\w+:\d+/,
  /^ipaNTHash:/i,
  /^\{(s?sha(-?\d+)?|ssha\d*|s?md5|crypt|x-\w+|pkcs5s2|nthash|noop|cleartext|ldap|(bcrypt|argon2|pbkdf2|scrypt|sha)\w*(-sha\d+)?(@\w+)?)\}/i,
  /^\{.*"(secretData|hashConfig)"/s,
  /^\{.*"algorithm".*"hash"/s,
  /^([\w+/-]+={0,2}\$){4}\d+\$\d+$/,
  /^AQAAAA[A-Za-z0-9+/]{40,}={0,2}$/,
  /^A[A-P][A-Za-z0-9+/]{64,}={0,2}$/,
  /^\*[0-9A-F]{40}$/,
  /^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i,
]

/** What every hash has; most other texts have none of it. */
const maybeHash = /[$:{*]|[\w+/=]{32}/

export function looksLikeHash(text: string): boolean {
  if (!maybeHash.test(text)) return false
  const word = text.trim()
  return hashShapes.some((shape) => shape.test(word))
}

/** As Django, shadow files and directories mark users who cannot sign in with a password. */
export function looksLocked(text: string): boolean {
  const word = text.trim()
  return /^([!*]|x$)/.test(word) && !looksLikeHash(word)
}

/** The same user; a hash in the place of the password is moved to `password_hash`, a mark of a lock becomes a note. */
export function withPasswordByShape(user: ImportedUser): ImportedUser {
  if (user.password === undefined) return user
  const { password, ...others } = user
  if (looksLikeHash(password)) return { ...others, password_hash: others.password_hash ?? password.trim() }
  if (!looksLocked(password)) return user
  return { ...others, notes: [...(others.notes ?? []), 'the password is locked and not carried over'] }
}
