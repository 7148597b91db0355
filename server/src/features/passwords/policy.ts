/** The rules for new passwords: long enough, and not a common one (NIST SP 800-63B-4 §3.1.1.2). */
import { createRequire } from 'node:module'
import type { Fault } from '../../errors.ts'
import { looksLikeHash } from './hashes/index.ts'

export const maxPasswordLength = 256

let common: ReadonlySet<string> | undefined

/** All faults of a new password of a user with these names (username, e-mail address). */
export function faultsOfPassword(
  password: string,
  names: readonly string[],
  minLength: number,
  isBreached: (password: string) => boolean = () => false,
): Fault[] {
  const fault = (code: string, detail: string): Fault[] => [{ pointer: '/password', code, detail }]
  if (password.length > maxPasswordLength * 2) return fault('too_long', tooLong)
  const length = [...password.normalize('NFC')].length
  if (length > maxPasswordLength) return fault('too_long', tooLong)
  if (!password.isWellFormed())
    return fault('not_well_formed', 'It has half a surrogate pair, which is not Unicode text.')
  if (length === 0) return fault('too_short', 'A password must not be empty.')
  if (length < minLength) return fault('too_short', `A password has at least ${minLength} characters.`)
  if (looksLikeHash(password))
    return fault('looks_like_a_hash', 'This is the text of a password hash, not a password.')
  if (isGuessable(password, names))
    return fault(
      'password_blocklisted',
      'This password is too easy to guess. Do not use your own name or address, or a common password.',
    )
  if (isBreached(password))
    return fault(
      'password_blocklisted',
      'This password is in lists of stolen passwords that attackers try. Choose another one.',
    )
  return []
}

const tooLong = `A password has at most ${maxPasswordLength} characters.`

/** Common passwords, the name of the product and the names of the user, also between digits and signs. */
function isGuessable(password: string, names: readonly string[]): boolean {
  const whole = password.toLowerCase()
  const core = whole.replace(/^[\d\s\p{P}\p{S}]+|[\d\s\p{P}\p{S}]+$/gu, '')
  const tried = new Set([whole, core])
  if (isRepetition(whole)) return true
  const own = names.flatMap((name) => [name, ...name.split('@')]).map((name) => name.toLowerCase())
  if (['roster', ...own].some((name) => name.length > 2 && tried.has(name))) return true
  common ??= loadCommon()
  return common.has(whole) || (core.length >= 4 && whole.length - core.length <= 8 && common.has(core))
}

/** One or two characters repeated: `aaaaaaaa`, `12121212`. */
function isRepetition(text: string): boolean {
  const letters = [...text]
  return (
    new Set(letters).size <= 1 ||
    (letters.length >= 8 && letters.every((letter, at) => letter === letters[at % 2]))
  )
}

type Common = typeof import('@zxcvbn-ts/language-common')

/** Loads the list at the first new password, so that idle servers do not keep it in memory. */
function loadCommon(): ReadonlySet<string> {
  const { dictionary }: Common = createRequire(import.meta.url)('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'])
}
