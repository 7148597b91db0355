/** The claims of a provider about a user, in one form for all providers. */
import { isJsonObject, type JsonObject } from '../../../encoding/json-object.ts'
import type { RoleRule } from './provider.ts'

export type Claims = {
  subject: string
  email: string | undefined
  /** Whether the provider has verified the address. */
  emailVerified: boolean
  username: string | undefined
  firstName: string | undefined
  lastName: string | undefined
  /** All claims, for the role rules. */
  all: Readonly<Record<string, unknown>>
}

const maxText = 500

/** A text of reasonable length, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxText ? value : undefined
}

/**
 * @param token the claims of the ID token
 * @param info the answer of the userinfo endpoint, for claims that the token lacks
 * @param appleUser the JSON that Apple sends with the first sign-in; only names are used, because the browser could
 * change it
 */
export function claimsOfTokens(
  token: JsonObject & { sub: string },
  info: JsonObject,
  appleUser: string | undefined,
): Claims {
  const all = { ...info, ...token }
  // The address and its verification must come from the same source, or they could be about different addresses.
  const { email, email_verified } = token['email'] === undefined ? info : token
  const name = appleNames(appleUser)
  return {
    subject: token.sub,
    email: addressOf(email),
    // Apple sends the boolean as text.
    emailVerified: email_verified === true || email_verified === 'true',
    username: textOf(all['preferred_username']) ?? textOf(all['nickname']),
    firstName: textOf(all['given_name']) ?? textOf(name['firstName']),
    lastName: textOf(all['family_name']) ?? textOf(name['lastName']),
    all,
  }
}

/** Other texts would be looked up as usernames. */
export function addressOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text !== undefined && /^[^\s@]+@[^\s@]+$/.test(text) ? text : undefined
}

function appleNames(user: string | undefined): JsonObject {
  try {
    const said: unknown = JSON.parse(user ?? '{}')
    return isJsonObject(said) && isJsonObject(said['name']) ? said['name'] : {}
  } catch {
    return {}
  }
}

/** The roles that the rules give, and all roles that the rules contain. */
export function ruledRoles(
  rules: readonly RoleRule[],
  { all }: Claims,
): { given: string[]; ruled: string[] } {
  const given = rules
    .filter(({ claim, value }) => hasValue(valueAt(all, claim), value))
    .map(({ role }) => role)
  return { given: [...new Set(given)], ruled: [...new Set(rules.map(({ role }) => role))] }
}

/** The claim with this name, or with a path inside objects: `realm_access.roles`. */
function valueAt(claims: JsonObject, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let at: unknown = claims
  for (const name of path.split('.')) {
    if (!isJsonObject(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  return at
}

function hasValue(claim: unknown, wanted: string): boolean {
  if (Array.isArray(claim)) return claim.some((one) => hasValue(one, wanted))
  return ['string', 'number', 'boolean'].includes(typeof claim) && String(claim) === wanted
}
