/** The claims of a user for an application, and whether the user may use it. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { sha256 } from '../../../encoding/sha256.ts'
import { type Application, hasRoleFor } from '../application.ts'
import { secretClaim } from '../machines/own-api.ts'
import type { FurtherClaims } from './further-claims.ts'

export type AccountClaims = { sub: string; roles: string[] } & Record<string, unknown>

export type Account = {
  id: string
  username: string
  email: string | null
  email_verified: boolean
  first_name: string | null
  last_name: string | null
  locale: string | null
  status: 'active' | 'disabled'
  roles: string[]
  updated_at: string
}

export function mayUse(user: Account, application: Application): boolean {
  return user.status === 'active' && hasRoleFor(application, user)
}

/** OpenID Connect Core §5.1. */
export function claimsOf(user: Account): AccountClaims {
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ')
  return {
    sub: user.id,
    name: name === '' ? user.username : name,
    ...(user.first_name !== null && { given_name: user.first_name }),
    ...(user.last_name !== null && { family_name: user.last_name }),
    preferred_username: user.username,
    ...(user.locale !== null && { locale: user.locale }),
    updated_at: Math.floor(Date.parse(user.updated_at) / 1000),
    ...(user.email !== null && { email: user.email, email_verified: user.email_verified }),
    roles: user.roles,
  }
}

export type ClaimNeeds = {
  /** undefined when the user may not sign in or the grant of the token has ended. */
  findAccount(userId: string, grantHash: string | null): Promise<AccountClaims | undefined>
  /** The names of the user's groups, for the scope `groups`. */
  groupsOf(userId: string): Promise<string[]>
}

/** The claims of ID tokens, of the userinfo endpoint and of access tokens. */
export function accountClaims(
  needs: ClaimNeeds,
  furtherClaims: FurtherClaims,
): Required<Pick<Configuration, 'findAccount' | 'extraTokenClaims'>> {
  const groupClaim = async (userId: string, scope = '') =>
    scope.split(' ').includes('groups') ? { groups: await needs.groupsOf(userId) } : {}
  return {
    async findAccount(ctx, sub, token) {
      // Called before a refresh token is used up.
      if (ctx.oidc.route === 'token') await furtherClaims(ctx, sub)
      const grantId = (token as { grantId?: string } | undefined)?.grantId ?? null
      const claims = await needs.findAccount(sub, grantId && sha256(grantId))
      return (
        claims && {
          accountId: sub,
          [found]: claims,
          claims: async (_use, scope) => ({ ...claims, ...(await groupClaim(sub, scope)) }),
        }
      )
    },
    async extraTokenClaims(ctx, token) {
      const { accountId, grantId, scope } = token as {
        accountId?: string
        grantId?: string
        scope?: string
      }
      const further = await furtherClaims(ctx, accountId ?? null)
      const claims = accountId && (foundClaims(ctx, accountId) ?? (await needs.findAccount(accountId, null)))
      if (!claims) return { ...further, ...secretClaim(ctx, token) }
      const groups = await groupClaim(accountId, scope)
      // Introspection finds the grant of a signed token by this hash.
      return { ...further, roles: claims['roles'], ...groups, ...(grantId && { gid: sha256(grantId) }) }
    },
  }
}

const found = Symbol('claims')

/** The claims of the user, if this request has read them. */
export function foundClaims(
  { oidc }: KoaContextWithOIDC,
  userId: string | undefined,
): AccountClaims | undefined {
  const { account } = oidc as { account?: { accountId: string; [found]?: AccountClaims } }
  return account?.accountId === userId ? account?.[found] : undefined
}
