/** What a provider says about a user, in one form for all providers. */
import { isJsonObject, type JsonObject } from '../../../encoding/json-object.ts'
import type { RoleRule } from './provider.ts'

export type Claims = {
  subject: string
  email: string | undefined
  /** Whether the provider says that the address was proven to it. */
  emailVerified: boolean
  username: string | undefined
  firstName: string | undefined
  lastName: string | undefined
  /** All claims, for the rules of roles. */
  all: Readonly<Record<string, unknown>>
}

const maxText = 500

/** A text of reasonable length, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxText ? value : undefined
}

/**
 * @param token the claims of the ID token
 * @param info the answer of the userinfo endpoint, which fills what the token lacks
 * @param appleUser what Apple sends with the first sign-in, as JSON; only names are taken from it, since the browser
 * could change it
 */
export function claimsOfTokens(
  token: JsonObject & { sub: string },
  info: JsonObject,
  appleUser: string | undefined,
): Claims {
  const all = { ...info, ...token }
  // The address and the word on it come from one place, or the word could be about another address.
  const { email, email_verified } = token['email'] === undefined ? info : token
  const name = appleNames(appleUser)
  return {
    subject: token.sub,
    email: addressOf(email),
    // Apple sends a text.
    emailVerified: email_verified === true || email_verified === 'true',
    username: textOf(all['preferred_username']) ?? textOf(all['nickname']),
    firstName: textOf(all['given_name']) ?? textOf(name['firstName']),
    lastName: textOf(all['family_name']) ?? textOf(name['lastName']),
    all,
  }
}

/** Anything else would be looked up as a username. */
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

/** The roles that the rules give, and all that they decide on. */
export function ruledRoles(
  rules: readonly RoleRule[],
  { all }: Claims,
): { given: string[]; ruled: string[] } {
  const given = rules
    .filter(({ claim, value }) => hasValue(valueAt(all, claim), value))
    .map(({ role }) => role)
  return { given: [...new Set(given)], ruled: [...new Set(rules.map(({ role }) => role))] }
}

/** The claim with this name, or inside objects: `realm_access.roles`. */
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
