import type { Outcome } from '../../audit-events.ts'

/** What happened: who did what to whom, from where, and how it ended. */
export type AuditEvent = {
  id: string
  /** Counts up in the order of commits as far as one process sees them; the order of the list. */
  seq: number
  at: string
  /** One of `eventTypes`, or what an older version wrote. */
  type: string
  outcome: Outcome
  reason: string | null
  actor: { kind: string; id: string | null; api_key_id: string | null }
  target: { kind: string; id: string | null } | null
  /** The fields that changed; values only of those that are neither secret nor personal. */
  changes: Record<string, unknown> | null
  address: string | null
  user_agent: string | null
  session_id: string | null
  request_id: string | null
  auth_methods: string[]
}
