/** Claims that the hook of the operator adds to the tokens of applications. */
import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { isAppError } from '../../../errors.ts'

/** For a token of this user, or of the application itself. @throws an error of the protocol when the hook refuses */
export type FurtherClaims = (ctx: KoaContextWithOIDC, userId: string | null) => Promise<object>

/** The hook is called once for all tokens of a request. */
export function createFurtherClaims(
  beforeToken: (request: IncomingMessage, userId: string | null, clientId: string) => Promise<object>,
  protocolError: (code: string, description: string) => Error,
): FurtherClaims {
  const asked = new WeakMap<IncomingMessage, Promise<object>>()
  const ask = async ({ req, oidc }: KoaContextWithOIDC, userId: string | null): Promise<object> => {
    try {
      return await beforeToken(req, userId, oidc.client?.clientId ?? '')
    } catch (error) {
      if (!isAppError(error)) throw error
      const code = error.code === 'denied_by_hook' ? 'access_denied' : 'temporarily_unavailable'
      throw protocolError(code, error.detail)
    }
  }
  return (ctx, userId) => {
    const claims = asked.get(ctx.req) ?? ask(ctx, userId)
    asked.set(ctx.req, claims)
    return claims
  }
}

/** The library drops claims that belong to no scope, so they are set on each ID token. */
export function addToIdTokens({ IdToken }: Provider, furtherClaims: FurtherClaims): void {
  type Token = {
    ctx: KoaContextWithOIDC
    available: { sub: string }
    set(name: string, value: unknown): void
    issue(options?: { use?: string }): Promise<string>
  }
  const prototype = IdToken.prototype as unknown as Token
  const { issue } = prototype
  prototype.issue = async function issueWithClaims(this: Token, options) {
    if (options?.use === 'idtoken') {
      const claims = await furtherClaims(this.ctx, this.available.sub)
      for (const [name, value] of Object.entries(claims)) this.set(name, value)
    }
    return issue.call(this, options)
  }
}
