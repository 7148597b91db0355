/** The authentication of a session in OpenID Connect claims: `amr` (RFC 8176), `acr` and `auth_time`. */
import { wordsOf } from '../../encoding/words.ts'

/** One or two factors: the levels 1 and 2 of NIST SP 800-63B. */
export const assuranceLevels = ['aal1', 'aal2'] as const
export type Authentication = {
  acr: (typeof assuranceLevels)[number]
  amr: string[]
  /** The time of the last proof of identity. */
  at: string
}

type Proven = { created_at: string; proven_at: string | null }

const factors: readonly string[] = ['otp', 'recovery_code', 'passkey']

export function authenticationOf(row: Proven & { auth_methods: string }): Authentication {
  // A trusted browser is not a factor, because the factor was proven on another day.
  const names = wordsOf(row.auth_methods).filter((name) => name !== 'trusted_browser')
  // The authenticator verifies the user when a passkey replaces the password.
  const isPasskeyAlone = names[0] === 'passkey'
  const hasTwo = isPasskeyAlone || (names.length > 1 && names.some((name) => factors.includes(name)))
  const words = names.map((name) => ({ passkey: 'pop', recovery_code: 'otp' })[name] ?? name)
  const amr = [...new Set([...words, ...(isPasskeyAlone ? ['user'] : []), ...(hasTwo ? ['mfa'] : [])])]
  return { acr: hasTwo ? 'aal2' : 'aal1', amr, at: provenAt(row) }
}

/** The proof with which a session begins. */
export function provenAt(row: Proven): string {
  return row.proven_at ?? row.created_at
}
