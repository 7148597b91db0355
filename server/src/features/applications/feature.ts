/** Creates the application feature: registration, grants, and OpenID Connect. */
import type { Database } from '../../database/database.ts'
import { createConnectionStore } from './grants/connection-store.ts'
import { createConnections } from './grants/connections.ts'
import { createGrants } from './grants/grants.ts'
import { createNotices } from './logout/notices.ts'
import { createLogoutSending } from './logout/sending.ts'
import { createMachineUse } from './machines/last-use.ts'
import { createMachines, type Machines } from './machines/machines.ts'
import { createIntrospection, type IntrospectionNeeds } from './protocol/introspection.ts'
import { createOauthStore } from './protocol/oauth-store.ts'
import { createProtocol } from './protocol/protocol.ts'
import { createApplications, findWithSecrets } from './service.ts'
import { createApplicationStore } from './store.ts'

type GrantNeeds = Parameters<typeof createGrants>[0] & { database: Database }

/** Ends grants when sessions or accounts end. */
export function createGrantFeature(needs: GrantNeeds) {
  const store = createOauthStore(needs.database)
  const notices = createNotices(needs.database)
  const grants = createGrants(needs, store, createConnectionStore(needs.database), notices)
  return { grants, grantParts: { grants, notices, store } }
}

type MachineNeeds = Omit<Parameters<typeof createMachines>[0], 'applications' | 'noteUse'> &
  Parameters<typeof createMachineUse>[0]

/** The tokens with which applications call our own API, and when they were last used. */
export function createMachineFeature(needs: MachineNeeds) {
  const store = createApplicationStore(needs.database)
  const noteUse = createMachineUse(needs, store)
  const applications = { findWithSecrets: findWithSecrets(store) }
  return { machines: createMachines({ ...needs, applications, noteUse }), noteUse }
}

type MachineFeature = { machines: Machines; noteUse(applicationId: string): void }

type Needs = Omit<IntrospectionNeeds, 'applications' | 'isAlive' | 'ownScopeOf'> &
  Omit<Parameters<typeof createProtocol>[0], 'applications' | 'grants' | 'store' | 'noteUse'> &
  Omit<Parameters<typeof createApplications>[0], 'forgetTokens'> &
  MachineFeature &
  ReturnType<typeof createGrantFeature>['grantParts'] &
  Omit<Parameters<typeof createLogoutSending>[0], 'applications'> &
  Parameters<typeof createConnections>[0]

export function createApplicationFeature(needs: Needs) {
  const { machines, noteUse } = needs
  const applications = createApplications({ ...needs, forgetTokens: machines.forget })
  const protocol = createProtocol({ ...needs, applications, noteUse })
  return {
    applications,
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
