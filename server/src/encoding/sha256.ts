/** The stored form of a secret with high entropy: the hash finds it and does not reveal it. */
import { createHash } from 'node:crypto'

/** The SHA-256 of the text, in base64url. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
