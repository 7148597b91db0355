/** Finds the password hash in a record without a column for it: in a column with another name, or in a nested member. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedUser } from '../imported-user.ts'
import { hashesWithin } from './embedded-hash.ts'
import { openJson } from './json-value.ts'
import type { HashShape } from './password-shape.ts'
import type { Members } from './source-record.ts'

/** Names of columns with other hashes: of tokens, of answers, of former passwords. */
const ofSomethingElse =
  /token|secret|otp|recovery|backup|answer|question|history|previous|prior|old|pin|key|code|cookie|session|signature|checksum|etag|avatar|gravatar|activation|remember|reset|invit|confirm|verif(?!ier)|unlock|magic|refresh|api|webhook|device|access|client|temp|refer/i

/** Meteor and Rocket.Chat hash the SHA-256 of the password, like one hasher of Django. */
const ofMeteor = /(^|\.)services\.password\.bcrypt$/

/** For a nested member, a name on the path must be about signing in. */
const ofPassword = /pass|pwd|hash|cred|crypt|argon|auth|local|login/i

/** For a known system, only the known columns of its passwords are searched. */
export type Depth = 'columns' | 'members'
const levels: Record<Depth, number> = { columns: 1, members: 6 }

/** The hashes in the record, each with the path of its member. */
function findAll(members: Members, namesItsScheme: HashShape, depth: Depth): Map<string, string> {
  const found = new Map<string, string>()
  const look = (value: unknown, path: string, level: number): void => {
    if (ofSomethingElse.test(path) || level > levels[depth]) return
    if (typeof value === 'string') {
      const isNamed = level === 1 || ofPassword.test(path)
      if (!isNamed) return
      if (namesItsScheme(value))
        found.set(ofMeteor.test(path) ? `bcrypt_sha256$${value.trim()}` : value.trim(), path)
      else if (/^a:\d+:\{/.test(value)) for (const hash of hashesWithin(value)) found.set(hash, path)
    }
    const opened = openJson(value)
    if (Array.isArray(opened)) for (const item of opened) look(item, path, level + 1)
    else if (isJsonObject(opened))
      for (const [name, inner] of Object.entries(opened)) look(inner, `${path}.${name}`, level + 1)
  }
  for (const [name, value] of Object.entries(members)) look(value, name, 1)
  return found
}

/**
 * The same user; without a password, with the only hash in any column or member. If there are two different ones, neither
 * is used.
 */
export function withHashAnywhere(
  user: ImportedUser,
  members: Members,
  namesItsScheme: HashShape,
  depth: Depth,
): ImportedUser {
  const found = findAll(members, namesItsScheme, depth)
  const [[password_hash, path] = []] = found
  if (password_hash === undefined || path === undefined || found.size > 1) return user
  const { notes = [], ...others } = user
  const left = notes.filter((note) => !isAbout(note, path))
  return { ...others, password_hash, ...(left.length > 0 && { notes: left }) }
}

/** Whether a note says that this member, or one that contains it, was left out. */
function isAbout(note: string, path: string): boolean {
  const [, left] = /^(.+?) (?:looks like|holds|is a secret)/.exec(note) ?? []
  // A member whose name is already used becomes `password_2`.
  return left !== undefined && `.${path}.`.includes(`.${left.replace(/_2$/, '')}.`)
}
