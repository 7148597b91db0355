/** The answers of a hook: `allow`, with claims for a token, or `deny` with a reason for the user. */

export type Claims = Record<string, unknown>
export type HookAnswer = { decision: 'allow'; claims: Claims } | { decision: 'deny'; reason: string | null }

const maxReason = 200
const maxClaims = 20
/** Tokens are sent in headers, whose size proxies limit. */
const maxClaimBytes = 2048
/**
 * Collision-resistant names (RFC 7519 §4.2): URLs and URNs. No registered claim has such a name, so a hook cannot replace
 * the subject or the roles of a token.
 */
const claimName = /^(?:https:\/\/[a-z0-9.-]+(?:\/[\w./-]*)?|urn:[a-z0-9][a-z0-9-]+:[\w.:/-]+)$/

/** @returns the name of the fault when the answer is invalid */
export function readAnswer(text: string): HookAnswer | 'not_json' | 'wrong_form' | 'wrong_claims' {
  const body = parsed(text)
  if (body === undefined) return 'not_json'
  if (!isObject(body)) return 'wrong_form'
  const { decision, reason = null, claims = {} } = body
  if (decision === 'deny') return { decision, reason: isShown(reason) ? reason : null }
  if (decision !== 'allow') return 'wrong_form'
  return isObject(claims) && areClaims(claims) ? { decision, claims } : 'wrong_claims'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function areClaims(claims: Record<string, unknown>): boolean {
  const names = Object.keys(claims)
  return (
    names.length <= maxClaims &&
    names.every((name) => claimName.test(name)) &&
    Buffer.byteLength(JSON.stringify(claims)) <= maxClaimBytes
  )
}

/** One line that users can be shown. */
function isShown(reason: unknown): reason is string {
  if (typeof reason !== 'string' || reason.trim() === '' || [...reason].length > maxReason) return false
  return reason.isWellFormed() && !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(reason)
}
