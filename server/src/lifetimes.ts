/** How long sessions, tokens, codes and grants are valid. The time of a mailed link is in `features/account/links.ts`. */

const minute = 60
const hour = 3600
const day = 24 * hour

/** A session ends after a week without use, and after 30 days in any case. */
export const idleSeconds = 7 * day
export const absoluteSeconds = 30 * day
/** The maximum of a browser session on a shared computer. */
export const sharedComputerSeconds = 12 * hour
/** The maximum of the session in which an administrator acts as a user. */
export const impersonationSeconds = 30 * minute
export const accessTokenSeconds = 10 * minute
/** How long a used refresh token returns the same successor again, in case the answer was lost. */
export const graceSeconds = 10

/** The lifetimes for applications (OpenID Connect, OAuth 2), in seconds. */
export const protocolLifetimes = {
  AccessToken: accessTokenSeconds,
  AuthorizationCode: minute,
  ClientCredentials: 10 * minute,
  DeviceCode: 10 * minute,
  Grant: 365 * day,
  IdToken: 10 * minute,
  Interaction: 15 * minute,
  PushedAuthorizationRequest: minute,
  RefreshToken: 30 * day,
  Session: absoluteSeconds,
} as const
