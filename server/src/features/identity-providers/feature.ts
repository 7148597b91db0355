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

type Needs = Omit<EnteringNeeds, 'roles' | 'users'> &
  Omit<IdentitiesNeeds, 'users'> &
  Omit<ProvidersNeeds, 'roles'> &
  Pick<Sealing, 'open'> & {
    users: EnteringNeeds['users'] & IdentitiesNeeds['users']
    roles: EnteringNeeds['roles'] & ProvidersNeeds['roles']
    egress: Egress
    publicUrl: string
  }

export function createIdentityProviderFeature(needs: Needs) {
  const { database, open } = needs
  const providerStore = createProviderStore(database)
  const identityStore = createIdentityStore(database)
  const attempts = createAttempts(needs, createAttemptStore(database))
  const identities = createIdentities(needs, identityStore, providerStore, attempts)
  const upstream = createUpstream({
    fetch: needs.egress.fetch,
    open: ({ id, client_secret }) => client_secret && open(client_secret, secretContext(id)),
  })
  const callbackUrl = (id: string) => `${needs.publicUrl}/auth/providers/${id}/callback`
  const stores = { providers: providerStore, identities: identityStore }
  return {
    providers: { ...createProviders(needs, providerStore), callbackUrl },
    identities,
    flow: createFlow(needs, stores, upstream, attempts, identities, callbackUrl),
    deleteExpired: attempts.deleteExpired,
  }
}
