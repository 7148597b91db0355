/** Classifies the text of a plain password by its form. A hash must never become a plain password. */
import type { ImportedUser } from '../imported-user.ts'
import { hashesWithin } from './embedded-hash.ts'
import type { Members } from './source-record.ts'

/** Whether a text is a password hash of any family, accepted or refused. The password feature provides it. */
export type HashShape = (text: string) => boolean

/** Characters that every hash has, and few other texts. */
const maybeHash = /[$:{*]|[\w+/=]{24}/

/** Like `looksLikeHash`, but fast for texts that are not hashes. */
export function quickShape(looksLikeHash: HashShape): HashShape {
  return (text) => maybeHash.test(text) && looksLikeHash(text.trim())
}

/** The stored form of a digest with a given scheme, from the password feature. */
export type StatedDigest = (scheme: string, salt: string, digest: string) => string

/** The names under which sources store the salt of a digest. */
const saltName = /^(pass(word)?_?|pw_?|user_?|hash_?)?salt$/i

/** The same user; a digest in hexadecimal or base 64 gets the scheme from the operator, and its salt. */
export function withStatedScheme(
  user: ImportedUser,
  members: Members,
  scheme: string,
  statedDigest: StatedDigest,
): ImportedUser {
  if (user.password_hash === undefined || !/^[\w+/-]{20,}={0,2}$/.test(user.password_hash)) return user
  const name = Object.keys(members).find((each) => saltName.test(each))
  const salt = name === undefined ? '' : members[name]
  const notes = user.notes?.filter((note) => !note.startsWith(`${name} is a secret`))
  const { notes: _, ...others } = user
  const password_hash = statedDigest(scheme, typeof salt === 'string' ? salt : '', user.password_hash)
  return { ...others, password_hash, ...(notes && notes.length > 0 ? { notes } : {}) }
}

/**
 * The marks of Django, shadow files and directories for users without a password: `!`, `!!`, `*`, `x`, `*LK*`, or `!`
 * before random letters or a hash. A text with blanks or other signs is a password. Moodle writes `not cached` for users
 * of a directory; exports write stars instead of a password.
 */
export function looksLocked(text: string, looksLikeHash: HashShape): boolean {
  const word = text.trim()
  return /^([!*][\w!*./$+=-]*|x|not cached|[•●]+)$/.test(word) && !looksLikeHash(word)
}

export const lockedNote = 'the password is locked and not imported'

const algorithmBefore = /^(bcrypt|argon2\w*|scrypt|pbkdf2\w*|crypt|phpass|hash)[:|] ?(?=\$)/i

/**
 * The hash in a text that is quoted, percent-encoded, or begins with the name of the algorithm; undefined if there is
 * none.
 */
function unwrapped(text: string, looksLikeHash: HashShape): string | undefined {
  const bare = text
    .trim()
    .replace(/^(["'`])(.*)\1$/s, '$2')
    .replace(/%(24|2F|2B|3D|7B|7D)/gi, (code) => decodeURIComponent(code))
    .replace(algorithmBefore, '')
  return looksLikeHash(bare) ? bare : undefined
}

/** The same user; a hash in `password` is moved to `password_hash`, and the mark of a locked account becomes a note. */
export function withPasswordByShape(user: ImportedUser, looksLikeHash: HashShape): ImportedUser {
  if (user.password === undefined) return user
  const { password, ...others } = user
  const hash = looksLikeHash(password) ? password.trim() : unwrapped(password, looksLikeHash)
  if (hash !== undefined) return { ...others, password_hash: others.password_hash ?? hash }
  // This also applies to a hash with other text around it: a reader of the dump must not be able to sign in with that
  // text.
  if (hashesWithin(password).length > 0)
    return { ...others, password_hash: others.password_hash ?? password.trim() }
  if (!looksLocked(password, looksLikeHash)) return user
  return { ...others, notes: [...(others.notes ?? []), lockedNote] }
}
