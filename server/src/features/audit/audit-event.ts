import type { Outcome } from '../../audit-events.ts'

/** An audit event: actor, action, target, origin and outcome. */
export type AuditEvent = {
  id: string
  /** Increases in the order of commits of one process; the list is sorted by it. */
  seq: number
  at: string
  /** One of `eventTypes`, or a type of an older version. */
  type: string
  outcome: Outcome
  reason: string | null
  /** `acting_as`: the user as whom an administrator acted. */
  actor: { kind: string; id: string | null; api_key_id: string | null; acting_as: string | null }
  target: { kind: string; id: string | null } | null
  /** The changed fields; with values only for fields that are neither secret nor personal. */
  changes: Record<string, unknown> | null
  address: string | null
  user_agent: string | null
  session_id: string | null
  request_id: string | null
  auth_methods: string[]
}
