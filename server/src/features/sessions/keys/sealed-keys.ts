import type { Database } from '../../../database/database.ts'
import { createSessionStore } from '../store.ts'

/**
 * Whether the secret key decrypts the newest signing key; null when there is no signing key. The function creates no
 * key.
 */
export async function opensSigningKeys(
  database: Database,
  open: (text: string, context: string) => string,
): Promise<boolean | null> {
  const newest = (await createSessionStore(database).listKeys()).at(-1)
  if (!newest) return null
  try {
    open(newest.private_jwk, `signing_keys ${newest.id}`)
    return true
  } catch {
    return false
  }
}
