/** Creates the identity-provider feature: registration, sign-in, and linked accounts of users. */

import type { Egress } from '../../egress/egress.ts'
import type { Sealing } from '../../encoding/sealed-json.ts'
import { createAttemptStore } from './attempt-store.ts'
import { createAttempts } from './attempts.ts'
import type { EnteringNeeds } from './entering.ts'
import { createFlow } from './flow.ts'
import { createIdentities, type IdentitiesNeeds } from './identities.ts'
import { createIdentityStore } from './identity-store.ts'
import { createProviders, type ProvidersNeeds, secretContext } from './service.ts'
import { createProviderStore } from './store.ts'
import { createUpstream } from './upstream/upstream.ts'

/** The accounts at providers that are linked to users. */
export function createIdentityFeature(needs: IdentitiesNeeds & Sealing) {
  const { database } = needs
  const stores = { providers: createProviderStore(database), identities: createIdentityStore(database) }
  const attempts = createAttempts(needs, createAttemptStore(database))
  const identities = createIdentities(needs, stores.identities, stores.providers, attempts)
  return { identities, identityParts: { identities, attempts, stores } }
}

type Needs = Omit<EnteringNeeds, 'roles'> &
  Omit<ProvidersNeeds, 'roles'> &
  ReturnType<typeof createIdentityFeature>['identityParts'] &
  Pick<Sealing, 'open'> & {
    roles: EnteringNeeds['roles'] & ProvidersNeeds['roles']
    egress: Egress
    publicUrl: string
  }

export function createIdentityProviderFeature(needs: Needs) {
  const { open, identities, attempts, stores } = needs
  const upstream = createUpstream({
    fetch: needs.egress.fetch,
    open: ({ id, client_secret }) => client_secret && open(client_secret, secretContext(id)),
  })
  const callbackUrl = (id: string) => `${needs.publicUrl}/auth/providers/${id}/callback`
  return {
    providers: { ...createProviders(needs, stores.providers), callbackUrl },
    flow: createFlow(needs, stores, { upstream, attempts, identities, callbackUrl }),
    deleteExpired: attempts.deleteExpired,
  }
}
