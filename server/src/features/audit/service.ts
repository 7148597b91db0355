/** Records events in the transaction of the change, and lists them for callers with the permission. */

import type { EventType, NewAuditEvent } from '../../audit-events.ts'
import { createWindows } from '../../caches/window-counter.ts'
import { actorId, type Caller, need } from '../../caller.ts'
import { newId, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { fromJsonText, jsonText } from '../../encoding/json-text.ts'
import { wordsOf } from '../../encoding/words.ts'
import type { AuditEvent } from './audit-event.ts'
import { type AuditQuery, type AuditRow, createAuditStore, type NewAuditRow } from './store.ts'

/** Failures that an anonymous caller can cause: their IP addresses are kept for a shorter time. */
const failures: readonly EventType[] = [
  'auth.login.failure',
  'auth.login.throttled',
  'auth.step_up.failure',
  'password.reset_invalid_token',
]

export type Audit = ReturnType<typeof createAudit>

/** The maximum of rows of one type for a caller without permissions; further events are counted. */
const perMinute = 20
const perDay = 200
const maxSubjects = 100_000
/** Sign-ups of a network have a separate limit, and each one gets a row. */
const alwaysRows: readonly string[] = ['user.created']

type Counted = { type: EventType; outcome: AuditEvent['outcome']; reason?: string }

/** Called with every event in its transaction; with `isSurplus` the event gets no row here. */
type Publish = (tx: Tx, events: (NewAuditEvent & { isSurplus: boolean })[]) => Promise<void>

export function createAudit(
  database: Database,
  count: (event: Counted) => void = () => {},
  publish: Publish = async () => {},
) {
  const store = createAuditStore(database)
  const minutes = createWindows(maxSubjects)
  const days = createWindows(maxSubjects)

  /** Whether the event gets a row; otherwise it is counted. */
  const hasRow = (caller: Caller, { type, outcome = 'success', reason }: NewAuditEvent): boolean => {
    if (caller.kind === 'system' || caller.permissions.size > 0 || alwaysRows.includes(type)) return true
    if (caller.impersonator) return true
    const subject = `${type} ${actorId(caller) ?? caller.address}`
    const [minute, day] = [minutes(subject, 60), days(subject, 24 * 3600)]
    if (minute.count >= perMinute || day.count >= perDay) {
      count({ type, outcome, ...(reason === undefined ? {} : { reason }) })
      return false
    }
    minute.count += 1
    day.count += 1
    return true
  }

  return {
    /**
     * Adds events to the transaction: they are committed with the change or not at all. A caller without permissions gets a
     * limited number of rows a minute and a day; further events are counted.
     */
    async record(tx: Tx, caller: Caller, ...events: NewAuditEvent[]): Promise<void> {
      const judged = events.map((event) => ({ ...event, isSurplus: !hasRow(caller, event) }))
      const rows = judged.filter(({ isSurplus }) => !isSurplus).map((event) => rowOf(caller, event))
      if (rows.length > 0) await store.insert(tx, rows)
      await publish(tx, judged)
    },

    async list(caller: Caller, query: AuditQuery): Promise<AuditEvent[]> {
      need(caller, 'audit:read')
      return (await store.list(query)).map(eventOf)
    },

    /** For the export of personal data. */
    async listAbout(userId: string): Promise<AuditEvent[]> {
      return (await store.listAbout(userId, 10_000)).map(eventOf)
    },

    listLatestAbout: store.listLatestAbout,

    erase: store.erase,

    /**
     * Housekeeping: removes address and program from failures before `instant`, up to `limit` of those after the event
     * `after`.
     * @returns their number, and the last one
     */
    async forgetFailures(
      instant: string,
      after: number,
      limit: number,
    ): Promise<{ count: number; last: number }> {
      const seqs = await store.listWithOrigin(failures, instant, after, limit)
      if (seqs.length > 0) await database.transaction((tx) => store.forgetOrigin(tx, seqs))
      return { count: seqs.length, last: seqs.at(-1) ?? after }
    },

    /** Housekeeping: deletes events before `instant`, a limited number of rows in each call. */
    deleteBefore: (instant: string, limit: number) =>
      database.transaction((tx) => store.deleteBefore(tx, instant, limit)),
  }
}

function rowOf(caller: Caller, event: NewAuditEvent): NewAuditRow {
  return {
    id: newId(),
    at: now(),
    type: event.type,
    outcome: event.outcome ?? 'success',
    reason: event.reason ?? null,
    actor_kind: caller.kind,
    actor_id: caller.impersonator?.userId ?? actorId(caller),
    api_key_id: caller.apiKeyId,
    target_kind: event.target?.kind ?? null,
    target_id: event.target?.id ?? null,
    changes: event.changes ? jsonText(event.changes) : null,
    address: caller.address,
    user_agent: caller.userAgent?.slice(0, 256) ?? null,
    session_id: caller.sessionId,
    request_id: caller.requestId,
    auth_methods: caller.authMethods.join(' '),
    acting_as: caller.impersonator ? caller.userId : null,
  }
}

function eventOf(row: AuditRow): AuditEvent {
  return {
    id: row.id,
    seq: row.seq,
    at: row.at,
    type: row.type,
    outcome: row.outcome,
    reason: row.reason,
    actor: {
      kind: row.actor_kind,
      id: row.actor_id,
      api_key_id: row.api_key_id,
      acting_as: row.acting_as,
    },
    target: row.target_kind === null ? null : { kind: row.target_kind, id: row.target_id },
    changes: row.changes === null ? null : fromJsonText(row.changes),
    address: row.address,
    user_agent: row.user_agent,
    session_id: row.session_id,
    request_id: row.request_id,
    auth_methods: wordsOf(row.auth_methods),
  }
}
