import type { Attempt } from '../attempt.ts'
import type { Caller } from '../caller.ts'
import type { Span } from '../tracing/tracing.ts'
import type { AnyReply } from './any-request.ts'
import type { RoutePlan } from './route-plan.ts'

/** The state of one request. */
export type Visit = {
  plan: RoutePlan | null
  reply: AnyReply
  /** The start, in monotonic milliseconds. */
  startedMs: number
  /** The beginning of the handler's deadline: the start, or the end of the body. */
  waitingSinceMs: number
  address: string
  /** The thrown value, for the log line of a 5xx. */
  failure: unknown
  timedOut: boolean
  attempt: Attempt
  /**
   * Whether the connection ends with this answer, because the server stops or the connection has had its maximum of
   * requests.
   */
  closing: boolean
  /** Null without tracing. */
  span: Span | null
}

/** The origin of a request before authentication, for `anonymousCaller` and the credential checks. */
export type RequestOrigin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>
