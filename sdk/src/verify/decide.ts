/** The common part of the adapters: returns the claims for an `Authorization` header, or the refusal. */
import { type AccessTokenClaims, createVerifier, InvalidTokenError, type VerifierOptions } from './verify.ts'

export type GuardOptions = VerifierOptions & {
  /** The user must have one of these roles. */
  roles?: readonly string[]
}

export type Refusal = { status: 401 | 403 | 503; headers: Record<string, string>; body: string }
export type Decision = { claims: AccessTokenClaims } | { refusal: Refusal }

export function decider({
  roles,
  ...options
}: GuardOptions): (authorization?: string | null) => Promise<Decision> {
  const verify = createVerifier(options)
  return async (authorization) => {
    const token = /^Bearer +([^\s,]+)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return refuse(401, 'unauthenticated', 'Sign in first.', 'Bearer')
    let claims: AccessTokenClaims
    try {
      claims = await verify(token)
    } catch (error) {
      return error instanceof InvalidTokenError
        ? refuse(401, 'invalid_token', 'The token is not valid.', 'Bearer error="invalid_token"')
        : refuse(503, 'dependency_unavailable', 'The token cannot be checked now.')
    }
    const isAllowed = roles === undefined || roles.some((role) => claims.roles?.includes(role))
    if (isAllowed) return { claims }
    return refuse(403, 'forbidden', 'The user lacks the role for this.', 'Bearer error="insufficient_scope"')
  }
}

function refuse(status: Refusal['status'], code: string, title: string, challenge?: string): Decision {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (challenge) headers['www-authenticate'] = challenge
  if (status === 503) headers['retry-after'] = '5'
  return { refusal: { status, headers, body: JSON.stringify({ type: 'about:blank', title, status, code }) } }
}
