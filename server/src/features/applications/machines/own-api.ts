/** Our own API as the audience of tokens: only for machines, with the permissions of the machine. */

import type { KoaContextWithOIDC, ResourceServer } from 'oidc-provider'
import { permissions } from '../../../caller.ts'
import { protocolLifetimes } from '../../../lifetimes.ts'
import { ownMetadataOf } from '../protocol/client-metadata.ts'

export type OwnApiErrors = {
  InvalidTarget: new () => Error
  InvalidScope: new (description: string, scope: string) => Error
}
type Context = KoaContextWithOIDC

const known: ReadonlySet<string> = new Set(permissions)

export function isOwnApi(issuer: string, resource: string): boolean {
  return resource.replace(/\/+$/, '') === issuer
}

function isMachine({ oidc }: Context): boolean {
  const isOne = oidc.client !== undefined && ownMetadataOf(oidc.client).kind === 'machine'
  return isOne && oidc.route === 'token' && oidc.params?.['grant_type'] === 'client_credentials'
}

/** Whether the scope contains permissions. If it does, the client need not name the resource. */
export function asksOwnApi(ctx: Context): boolean {
  return isMachine(ctx) && [...ctx.oidc.requestParamScopes].some((scope) => known.has(scope))
}

/** The token is opaque, so that no other service accepts it, and so that it ends with its row. */
export function ownApi(ctx: Context, audience: string, errors: OwnApiErrors): ResourceServer {
  const { client } = ctx.oidc
  if (client === undefined || !isMachine(ctx)) throw new errors.InvalidTarget()
  const { permissions: given } = ownMetadataOf(client)
  const asked = [...ctx.oidc.requestParamScopes]
  if (asked.length === 0) throw new errors.InvalidScope('scope must name permissions of the application', '')
  const missing = asked.find((scope) => !given.includes(scope))
  if (missing !== undefined)
    throw new errors.InvalidScope('the application does not have this permission', missing)
  const accessTokenTTL = protocolLifetimes.ClientCredentials
  return { scope: given.join(' '), audience, accessTokenTTL, accessTokenFormat: 'opaque' }
}

/** Stores the secret with which the client authenticated, for the token of this request. */
export function noteSecret(ctx: Context | undefined, secret: { id: string } | undefined): void {
  if (ctx && secret) ctx.state['secretId'] = secret.id
}

/** A token for our API ends with the secret with which it was requested. */
export function secretClaim(ctx: Context, token: object): { secret_id?: string } {
  const { kind, resourceServer } = token as { kind: string; resourceServer?: ResourceServer }
  const isOwn = kind === 'ClientCredentials' && resourceServer?.accessTokenFormat === 'opaque'
  return isOwn ? { secret_id: String(ctx.state['secretId']) } : {}
}
