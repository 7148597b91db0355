/** Records refused requests as audit events. */

import type { EventType } from '../../audit-events.ts'
import { type Caller, principalId } from '../../caller.ts'
import type { Database } from '../../database/database.ts'
import { type AppError, isAppError } from '../../errors.ts'
import type { Floods } from './floods.ts'
import type { Audit } from './service.ts'

export type Refusals = ReturnType<typeof createRefusals>

export function createRefusals(database: Database, audit: Audit, floods: Floods) {
  return {
    /** Records the reason of the refusal, if it has an event. Never throws. */
    async note(caller: Caller, route: string, error: unknown): Promise<void> {
      if (!isAppError(error)) return
      const type = typeOf(caller, route, error)
      if (type === undefined) return
      const event = { type, outcome: 'denied' as const, reason: error.code }
      const subject = principalId(caller) ?? caller.address ?? ''
      // Requests refused because of overload are not recorded here, to avoid more load.
      if (type === 'overload.shed' || !floods.hasRow(type, subject)) return floods.count(event)
      // The request is refused also if the event cannot be written.
      await database
        .transaction((tx) => audit.record(tx, caller, { ...event, changes: { route } }))
        .catch(() => floods.count(event))
    },
  }
}

function typeOf(caller: Caller, route: string, error: AppError): EventType | undefined {
  switch (error.code) {
    case 'forbidden':
      return caller.kind === 'api_key' ? 'apikey.denied_scope' : 'authz.denied'
    case 'permission_not_held':
      return 'authz.denied'
    case 'not_found':
      return error.cause === 'hidden' ? 'authz.denied' : undefined
    case 'field_not_writable':
      return 'authz.field_denied'
    case 'last_admin':
      return 'authz.last_admin_blocked'
    case 'invalid_token':
      return 'token.invalid'
    case 'csrf_rejected':
      return 'csrf.rejected'
    case 'invalid_input':
      return error.errors?.some(({ code }) => code === 'password_blocklisted')
        ? 'password.blocklisted'
        : undefined
    case 'overloaded':
      return 'overload.shed'
    case 'too_many_requests':
      return route === '/auth/login' || route === '/auth/session'
        ? 'auth.login.throttled'
        : 'ratelimit.exceeded'
    default:
      return undefined
  }
}
