/** Password hashes of other systems: recognition, checks at import, verification. */
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

/** Whether a hash can be imported. It only parses the text, which is fast. */
export function checkHash(encoded: string): HashCheck {
  const reading = readHash(encoded)
  if (isRefusal(reading)) return { ok: false, ...reading }
  return { ok: true, family: hashFamily(encoded)! }
}

/** The cost of verifying one form of a password; no cost for a refused hash. */
export function costOfHash(encoded: string): Cost {
  const reading = readHash(encoded)
  return isRefusal(reading) ? noCost : (reading.cost ?? noCost)
}

/**
 * Whether the password matches this hash. The work runs on other threads or in short steps, and takes about a second at
 * most. False, not an error, for a hash that `checkHash` refuses.
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

/** The marks of the Vietnamese tones. A Windows keyboard types them separately, after a composed letter. */
const toneMarks = /[\u0300\u0301\u0303\u0309\u0323]/g

function withTonesApart(composed: string): string {
  return composed.replace(/[\u00c0-\u1ef9]/g, (letter) => {
    const decomposed = letter.normalize('NFD')
    const tones = decomposed.match(toneMarks)?.join('') ?? ''
    return decomposed.replace(toneMarks, '').normalize('NFC') + tones
  })
}

/**
 * The forms in which another system may have hashed the same text: composed (NFC), as typed, decomposed (NFD), composed
 * without the tones, and in compatibility form (NFKC, as in Synapse). Most passwords have only one form.
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

/** bcrypt and HMAC, and so PBKDF2 and scrypt, cannot distinguish "a" from some passwords with NULs after the "a". */
function ignoresNul(encoded: string, password: string): boolean {
  return password.includes('\0') && !encoded.startsWith('$argon2')
}
