/** The resources of tokens (RFC 8707): the audience of the application or, for a machine, our own API. */

import type { Configuration } from 'oidc-provider'
import { protocolLifetimes } from '../../../lifetimes.ts'
import { ownMetadataOf } from '../protocol/client-metadata.ts'
import { scopes } from '../protocol/settings.ts'
import { asksOwnApi, isOwnApi, type OwnApiErrors, ownApi } from './own-api.ts'

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>

export function resourceIndicatorsOf(issuer: string, errors: OwnApiErrors): ResourceIndicators {
  return {
    enabled: true,
    defaultResource: async (ctx, client) => (asksOwnApi(ctx) ? issuer : (audienceOf(client) ?? undefined)),
    useGrantedResource: async (_ctx, model) => {
      const { client } = model as { client?: object }
      return client === undefined || audienceOf(client) !== null
    },
    async getResourceServerInfo(ctx, resource, client) {
      if (isOwnApi(issuer, resource)) return ownApi(ctx, issuer, errors)
      const audience = audienceOf(client)
      if (audience === null || resource !== audience) throw new errors.InvalidTarget()
      return {
        scope: scopes.join(' '),
        audience,
        accessTokenTTL: protocolLifetimes.AccessToken,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: client.idTokenSignedResponseAlg as 'RS256' } },
      }
    },
  }
}

function audienceOf(client: object): string | null {
  return ownMetadataOf(client).audience ?? null
}
