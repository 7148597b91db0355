/** Creates the application feature: registration, grants, and OpenID Connect. */
import type { Database } from '../../database/database.ts'
import { createConnectionStore } from './grants/connection-store.ts'
import { createConnections } from './grants/connections.ts'
import { createGrants } from './grants/grants.ts'
import { createNotices } from './logout/notices.ts'
import { createLogoutSending } from './logout/sending.ts'
import { createMachineUse } from './machines/last-use.ts'
import { createMachines } from './machines/machines.ts'
import { createIntrospection, type IntrospectionNeeds } from './protocol/introspection.ts'
import { createOauthStore } from './protocol/oauth-store.ts'
import { createProtocol } from './protocol/protocol.ts'
import { createApplications } from './service.ts'
import { createApplicationStore } from './store.ts'

type GrantNeeds = Parameters<typeof createGrants>[0] & { database: Database }

/** Ends grants when sessions or accounts end. */
export function createGrantFeature(needs: GrantNeeds) {
  const store = createOauthStore(needs.database)
  const notices = createNotices(needs.database)
  const grants = createGrants(needs, store, createConnectionStore(needs.database), notices)
  return { grants, grantParts: { grants, notices, store } }
}

type Needs = Omit<IntrospectionNeeds, 'applications' | 'isAlive' | 'ownScopeOf'> &
  Omit<Parameters<typeof createProtocol>[0], 'applications' | 'grants' | 'store' | 'noteUse'> &
  Omit<Parameters<typeof createApplications>[0], 'forgetTokens'> &
  Parameters<typeof createMachineUse>[0] &
  ReturnType<typeof createGrantFeature>['grantParts'] &
  Omit<Parameters<typeof createLogoutSending>[0], 'applications'> &
  Parameters<typeof createConnections>[0]

export function createApplicationFeature(needs: Needs) {
  const rows = createApplicationStore(needs.database)
  const applications = createApplications({ ...needs, forgetTokens: (id) => machines.forget(id) }, rows)
  const noteUse = createMachineUse(needs, rows)
  const machines = createMachines({ ...needs, applications, noteUse })
  const protocol = createProtocol({ ...needs, applications, noteUse })
  return {
    applications,
    machines,
    protocol,
    introspect: createIntrospection({
      ...needs,
      applications,
      isAlive: protocol.isAlive,
      ownScopeOf: machines.scopeOf,
    }),
    connections: createConnections(needs),
    logoutSending: createLogoutSending({ ...needs, applications }),
  }
}
