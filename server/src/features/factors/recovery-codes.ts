/** Recovery codes: ten of 80 bits each, shown once, stored as hashes, each valid once. */

import { createHash } from 'node:crypto'
import { newBytes } from '../../clock.ts'
import { base32 } from '../../encoding/base32.ts'

const codes = 10
const bytesOfCode = 10

/** Such as `ABCD-EFGH-IJKL-MNOP`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: codes }, () => base32(newBytes(bytesOfCode)).replace(/(.{4})(?=.)/g, '$1-'))
}

/** The hash of a typed code; groups, blanks and case are ignored. */
export function recoveryCodeHash(userId: string, typed: string): string {
  const code = typed.toUpperCase().replace(/[\s-]/g, '')
  return createHash('sha256').update(`${userId} ${code}`).digest('base64url')
}
