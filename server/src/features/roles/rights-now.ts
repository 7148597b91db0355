import { allowedThroughScim, type Caller, type Permission } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { fromJsonText } from '../../encoding/json-text.ts'
import type { CallerRights, RoleStore } from './store.ts'

/**
 * The caller with the current rights. The rights in a request may be up to a second old, and a grant based on removed
 * rights would remain. Call it in the transaction of the grant.
 */
export async function rightsNow(
  store: RoleStore,
  from: Tx | Database['read'],
  caller: Caller,
): Promise<Caller> {
  const held = await heldNow(store, from, caller)
  if (held === null) return caller
  const allowed = caller.through === 'scim' ? allowedThroughScim(held) : held
  return {
    ...caller,
    permissions: caller.permissions.intersection(allowed),
    ...(caller.held && { held: caller.held.intersection(held) }),
  }
}

/** null for callers whose rights do not change. */
async function heldNow(
  store: RoleStore,
  from: Tx | Database['read'],
  { userId, sessionId, apiKeyId, application }: Caller,
): Promise<Set<Permission> | null> {
  if (application) {
    const permissions = await store.findRightsOfApplication(from, application)
    return new Set(permissions && fromJsonText(permissions))
  }
  if (userId === null) return null
  const found = await store.findRights(from, { userId, sessionId, apiKeyId })
  return isGood(found, now()) ? permissionsOf(found) : new Set()
}

function isGood({ user, session, apiKey }: CallerRights, at: string): boolean {
  if (user?.disabled_at !== null || user.deleted_at !== null) return false
  if (session !== null && (session?.ended_at !== null || session.expires_at <= at)) return false
  return apiKey === null || (apiKey?.revoked_at === null && apiKey.expires_at > at)
}

function permissionsOf({ roles, apiKey }: CallerRights): Set<Permission> {
  const held = new Set(roles.flatMap((permissions) => fromJsonText(permissions)))
  return apiKey ? held.intersection(new Set(fromJsonText(apiKey.permissions))) : held
}
