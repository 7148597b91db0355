/** What was refused, as events. A flood is counted, not written down: the first rows of a kind say enough. */
import type { Caller } from '../../caller.ts'
import { monotonicMs } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { type AppError, isAppError } from '../../errors.ts'
import type { NewAuditEvent } from './audit-event.ts'
import type { Audit } from './service.ts'

/** Rows a minute of one kind by one caller or address, and of all together. */
const perSubject = 10
const perMinute = 150
const windowMs = 60_000
const maxSubjects = 10_000

type Count = { rows: number; suppressed: number; endsMs: number }
export type Refusals = ReturnType<typeof createRefusals>

export function createRefusals(database: Database, audit: Audit) {
  const subjects = new Map<string, Count>()
  let all: Count = { rows: 0, suppressed: 0, endsMs: 0 }

  /** How many like this were left out since the last row, or undefined when this one is left out as well. */
  const claim = (key: string): number | undefined => {
    const nowMs = monotonicMs()
    if (all.endsMs <= nowMs) all = { rows: 0, suppressed: 0, endsMs: nowMs + windowMs }
    let count = subjects.get(key)
    if (!count || count.endsMs <= nowMs) {
      if (subjects.size >= maxSubjects) subjects.clear()
      count = { rows: 0, suppressed: count?.suppressed ?? 0, endsMs: nowMs + windowMs }
      subjects.set(key, count)
    }
    if (count.rows >= perSubject || all.rows >= perMinute) {
      count.suppressed += 1
      return undefined
    }
    const { suppressed } = count
    count.suppressed = 0
    count.rows += 1
    all.rows += 1
    return suppressed
  }

  return {
    /** Notes what the request was refused for, if that is worth an event. Never throws. */
    async note(caller: Caller, route: string, error: unknown): Promise<void> {
      const type = isAppError(error) ? typeOf(caller, route, error) : undefined
      if (type === undefined) return
      const suppressed = claim(`${type} ${caller.apiKeyId ?? caller.userId ?? caller.address}`)
      if (suppressed === undefined) return
      const event: NewAuditEvent = {
        type,
        outcome: 'denied',
        reason: (error as AppError).code,
        changes: { route, ...(suppressed > 0 ? { suppressed } : {}) },
      }
      // A refusal stays one, whether or not it can be written down.
      await database.transaction((tx) => audit.record(tx, caller, event)).catch(() => {})
    },
  }
}

function typeOf(caller: Caller, route: string, error: AppError): string | undefined {
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
    case 'too_many_requests':
      return route === '/auth/login' ? 'auth.login.throttled' : 'ratelimit.exceeded'
    default:
      return undefined
  }
}
