/** Everything that is stored about a user, for a request under the GDPR (articles 15 and 20). */
import { type Caller, isSelf, need, systemCaller } from '../../caller.ts'
import { wordsOf } from '../../encoding/words.ts'
import type { ApiKeys } from '../api-keys/service.ts'
import type { Grants } from '../applications/grants/grants.ts'
import type { AuditEvent } from '../audit/audit-event.ts'
import type { Audit } from '../audit/service.ts'
import type { FactorService } from '../factors/service.ts'
import type { TrustedBrowsers } from '../factors/trusted/service.ts'
import type { Groups } from '../groups/feature.ts'
import type { Identities } from '../identity-providers/identities.ts'
import type { Passwords } from '../passwords/service.ts'
import type { Sessions } from '../sessions/service.ts'
import type { SessionRow } from '../sessions/session.ts'
import type { Users } from '../users/users.ts'
import type { Links } from './links.ts'

export type UserDataNeeds = {
  users: Pick<Users, 'mayManage' | 'get'>
  passwords: Pick<Passwords, 'has'>
  factors: Pick<FactorService, 'listOf'>
  trustedBrowsers: Pick<TrustedBrowsers, 'listOf'>
  sessions: Pick<Sessions, 'listAll'>
  apiKeys: Pick<ApiKeys, 'list'>
  identities: Pick<Identities, 'listOf'>
  grants: Pick<Grants, 'list'>
  groups: Pick<Groups, 'membershipsOf'>
  links: Pick<Links, 'list'>
  audit: Pick<Audit, 'listAbout'>
}

export type UserData = ReturnType<typeof createUserData>

export function createUserData(needs: UserDataNeeds) {
  const { users } = needs
  return {
    /**
     * Secrets are left out; for a password, only whether there is one. The caller needs the permissions of all parts.
     * @throws not_found, permission_not_held, forbidden
     */
    async get(caller: Caller, id: string) {
      await users.mayManage(caller, id, 'users:read')
      if (!isSelf(caller, id)) {
        need(caller, 'audit:read')
        need(caller, 'api_keys:write')
      }
      const { user } = await users.get(id)
      const [
        hasPassword,
        factors,
        trustedBrowsers,
        sessions,
        apiKeys,
        identities,
        applications,
        memberships,
        links,
        events,
      ] = await Promise.all([
        needs.passwords.has(id),
        needs.factors.listOf(id),
        needs.trustedBrowsers.listOf(id),
        needs.sessions.listAll(id),
        needs.apiKeys.list(systemCaller, { user: id }, { limit: 1000, position: null, direction: 'next' }),
        needs.identities.listOf(id),
        needs.grants.list(id),
        needs.groups.membershipsOf([id]),
        needs.links.list(id),
        needs.audit.listAbout(id),
      ])
      return {
        user,
        has_password: hasPassword,
        factors,
        trusted_browsers: trustedBrowsers,
        sessions: sessions.map(sessionOf),
        api_keys: apiKeys,
        identities,
        connected_applications: applications,
        groups: memberships.get(id) ?? [],
        links,
        audit_events: events.map((event) => (event.actor.id === id ? event : withoutOthers(event))),
      }
    },
  }
}

function sessionOf({ id, user_agent, address, auth_methods, ...times }: SessionRow) {
  const { created_at, last_seen_at, expires_at, ended_at, end_reason } = times
  const methods = wordsOf(auth_methods)
  return {
    id,
    user_agent,
    address,
    auth_methods: methods,
    created_at,
    last_seen_at,
    expires_at,
    ended_at,
    end_reason,
  }
}

/** Actions of an administrator are part of the data of the user; the address of the administrator is not. */
function withoutOthers(event: AuditEvent): AuditEvent {
  return event.actor.id === null ? event : { ...event, address: null, user_agent: null, session_id: null }
}
