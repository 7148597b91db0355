/** Everything that is stored about a user, for a request under the GDPR (articles 15 and 20). */
import { type Caller, isSelf, need } from '../../caller.ts'
import { wordsOf } from '../../encoding/words.ts'

type Event = {
  actor: { id: string | null }
  address: string | null
  user_agent: string | null
  session_id: string | null
}

export type StoredSession = {
  id: string
  user_agent: string | null
  address: string | null
  auth_methods: string
  created_at: string
  last_seen_at: string
  expires_at: string
  ended_at: string | null
  end_reason: string | null
}

export type UserDataNeeds<User, ApiKey, Identity, Application, Factors, Browser, E extends Event> = {
  /** @throws not_found; permission_not_held when the user has more rights than the caller */
  mayRead(caller: Caller, id: string): Promise<void>
  /** @throws not_found */
  getUser(id: string): Promise<User>
  hasPassword(id: string): Promise<boolean>
  /** The second factors, without their secrets. */
  listFactors(id: string): Promise<Factors>
  listTrustedBrowsers(id: string): Promise<Browser[]>
  listSessions(id: string): Promise<StoredSession[]>
  listApiKeys(id: string): Promise<ApiKey[]>
  /** The accounts at other providers that the user signs in with. */
  listIdentities(id: string): Promise<Identity[]>
  /** The applications that the user has allowed. */
  listApplications(id: string): Promise<Application[]>
  /** The groups of the user, including the groups that contain them. */
  listGroups(id: string): Promise<{ id: string; name: string; direct: boolean }[]>
  listLinks(id: string): Promise<{ purpose: string; created_at: string; expires_at: string }[]>
  listEvents(id: string): Promise<E[]>
}

export function createUserData<User, ApiKey, Identity, Application, Factors, Browser, E extends Event>(
  needs: UserDataNeeds<User, ApiKey, Identity, Application, Factors, Browser, E>,
) {
  return {
    /**
     * Secrets are left out; for a password, only whether there is one. The caller needs the permissions of all parts.
     * @throws not_found, permission_not_held, forbidden
     */
    async get(caller: Caller, id: string) {
      await needs.mayRead(caller, id)
      if (!isSelf(caller, id)) {
        need(caller, 'audit:read')
        need(caller, 'api_keys:write')
      }
      const user = await needs.getUser(id)
      const [
        hasPassword,
        factors,
        trustedBrowsers,
        sessions,
        apiKeys,
        identities,
        applications,
        groups,
        links,
        events,
      ] = await Promise.all([
        needs.hasPassword(id),
        needs.listFactors(id),
        needs.listTrustedBrowsers(id),
        needs.listSessions(id),
        needs.listApiKeys(id),
        needs.listIdentities(id),
        needs.listApplications(id),
        needs.listGroups(id),
        needs.listLinks(id),
        needs.listEvents(id),
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
        groups,
        links,
        audit_events: events.map((event) => (event.actor.id === id ? event : withoutOthers(event))),
      }
    },
  }
}

function sessionOf({ id, user_agent, address, auth_methods, ...times }: StoredSession) {
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
function withoutOthers<E extends Event>(event: E): E {
  return event.actor.id === null ? event : { ...event, address: null, user_agent: null, session_id: null }
}
