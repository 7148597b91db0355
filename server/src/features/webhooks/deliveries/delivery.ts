/** A delivery: one event for one webhook, with the last attempt. */
import type { AttemptError } from '../sending/attempt.ts'
import type { DeliveryRow } from './store.ts'

export type Delivery = {
  id: string
  event_id: string
  sequence: number | null
  type: string
  user_id: string | null
  status: 'pending' | 'delivered' | 'failed'
  attempts: number
  created_at: string
  next_attempt_at: string | null
  last_attempt_at: string | null
  request: { body: string } | null
  response: { status: number; body: string } | null
  error: AttemptError | null
}

/** `showsBodies`: whether the caller may read users. */
export function deliveryOf(row: DeliveryRow, showsBodies: boolean): Delivery {
  const isPending = row.delivered_at === null && row.failed_at === null
  return {
    id: row.id,
    event_id: row.event_id,
    sequence: row.position,
    type: row.type,
    user_id: row.user_id,
    status: isPending ? 'pending' : row.delivered_at === null ? 'failed' : 'delivered',
    attempts: row.attempts,
    created_at: row.created_at,
    next_attempt_at: isPending ? row.next_attempt_at : null,
    last_attempt_at: row.last_attempt_at,
    request: row.request_body === null || !showsBodies ? null : { body: row.request_body },
    response:
      row.response_status === null
        ? null
        : { status: row.response_status, body: showsBodies ? (row.response_body ?? '') : '' },
    error: row.error,
  }
}
