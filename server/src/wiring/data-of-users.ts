/** Combines the stored data about a user from all features. */
import { systemCaller } from '../caller.ts'
import type { Links } from '../features/account/links.ts'
import { createUserData } from '../features/account/user-data.ts'
import type { ApiKeys } from '../features/api-keys/service.ts'
import type { Grants } from '../features/applications/grants/grants.ts'
import type { Audit } from '../features/audit/service.ts'
import type { FactorService } from '../features/factors/service.ts'
import type { TrustedBrowsers } from '../features/factors/trusted/service.ts'
import type { Groups } from '../features/groups/feature.ts'
import type { Identities } from '../features/identity-providers/identities.ts'
import type { Passwords } from '../features/passwords/service.ts'
import type { Sessions } from '../features/sessions/service.ts'
import type { Users } from '../features/users/users.ts'

type Parts = {
  users: Users
  passwords: Passwords
  sessions: Sessions
  apiKeys: ApiKeys
  factors: FactorService
  trustedBrowsers: TrustedBrowsers
  identities: Identities
  grants: Grants
  groups: Groups
  links: Links
  audit: Audit
}

export function createDataOfUsers(parts: Parts) {
  const { users, passwords, sessions, apiKeys, factors, trustedBrowsers, identities, grants } = parts
  const { groups, links, audit } = parts
  return createUserData({
    mayRead: async (caller, userId) => void (await users.mayManage(caller, userId, 'users:read')),
    getUser: async (id) => (await users.get(id)).user,
    hasPassword: passwords.has,
    listFactors: (id) => factors.listOf(id),
    listTrustedBrowsers: (id) => trustedBrowsers.listOf(id),
    listSessions: sessions.listAll,
    listApiKeys: (userId) =>
      apiKeys.list(systemCaller, { user: userId }, { limit: 1000, position: null, direction: 'next' }),
    listIdentities: identities.listOf,
    listApplications: grants.list,
    listGroups: async (id) => (await groups.membershipsOf([id])).get(id) ?? [],
    listLinks: links.list,
    listEvents: audit.listAbout,
  })
}
