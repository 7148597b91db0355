import type { Attempt } from '../attempt.ts'
import type { Caller } from '../caller.ts'
import type { Span } from '../tracing/tracing.ts'
import type { AnyReply } from './any-request.ts'
import type { RoutePlan } from './route-plan.ts'

/** What the server keeps about one request while it runs. */
export type Visit = {
  plan: RoutePlan | null
  reply: AnyReply
  /** Monotonic milliseconds. */
  startedMs: number
  /** From when the handler's deadline counts: the start, or the end of the body. */
  waitingSinceMs: number
  address: string
  /** What was thrown, for the log line of a 5xx. */
  failure: unknown
  timedOut: boolean
  attempt: Attempt
  /** The connection ends with this answer: the server is stopping, or has answered enough on it. */
  closing: boolean
  /** Null without tracing. */
  span: Span | null
}

/** The origin of a request before authentication, as `anonymousCaller` and the credential checks take it. */
export type RequestOrigin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>
