/** Password hashes that other systems wrote: naming them, checking them on import, verifying passwords. */
import { hashFamily, readHash } from './families.ts'
import { longestPassword } from './limits.ts'
import { type Cost, isRefusal, noCost, type Refusal } from './reading.ts'

export { auth0CustomHash } from './auth0.ts'
export { isDigestScheme, statedDigest } from './digests.ts'
export { hashFamily, looksLikeHash, looksLikeStoredHash, namesItsScheme } from './families.ts'
export { type FirebaseHash, firebaseScrypt } from './firebase.ts'
export { keycloakCredential } from './keycloak.ts'
export type { Cost } from './reading.ts'
export { prefixedHash } from './wrapped.ts'

export type HashCheck = { ok: true; family: string } | ({ ok: false } & Refusal)

/** Whether a hash can be taken over. Quick: it reads the text and computes nothing. */
export function checkHash(encoded: string): HashCheck {
  const reading = readHash(encoded)
  if (isRefusal(reading)) return { ok: false, ...reading }
  return { ok: true, family: hashFamily(encoded)! }
}

/** What verifying one form of a password costs; nothing for a hash that is refused. */
export function costOfHash(encoded: string): Cost {
  const reading = readHash(encoded)
  return isRefusal(reading) ? noCost : (reading.cost ?? noCost)
}

/**
 * Whether the password is the one of this hash. The work is done on other threads or in short steps, and
 * takes about a second at most. False, never an error, for a hash that `checkHash` refuses.
 */
export async function verifyHash(encoded: string, password: string): Promise<boolean> {
  if (Buffer.byteLength(password) > longestPassword || ignoresNul(encoded, password)) return false
  const reading = readHash(encoded)
  if (isRefusal(reading)) return false
  try {
    for (const form of formsOf(password)) if (await reading(form)) return true
    return false
  } catch {
    return false
  }
}

/** The marks of the Vietnamese tones: a keyboard of Windows types them by themselves, after a letter that is composed. */
const toneMarks = /[\u0300\u0301\u0303\u0309\u0323]/g

function withTonesApart(composed: string): string {
  return composed.replace(/[\u00c0-\u1ef9]/g, (letter) => {
    const decomposed = letter.normalize('NFD')
    const tones = decomposed.match(toneMarks)?.join('') ?? ''
    return decomposed.replace(toneMarks, '').normalize('NFC') + tones
  })
}

/**
 * The ways in which the same text may have been hashed elsewhere: composed (NFC), as it is typed now, decomposed (NFD),
 * composed without the tones, and in compatible letters (NFKC, as Synapse does). Most passwords have one form only.
 */
export function formsOf(password: string): string[] {
  const composed = password.normalize('NFC')
  return [
    ...new Set([
      ...[composed, password, password.normalize('NFD')],
      ...[withTonesApart(composed), password.normalize('NFKC')],
    ]),
  ]
}

/** bcrypt and HMAC, so PBKDF2 and scrypt too, cannot tell "a" from some passwords with NULs after the "a". */
function ignoresNul(encoded: string, password: string): boolean {
  return password.includes('\0') && !encoded.startsWith('$argon2')
}
