import { monotonicMs } from '../clock.ts'
import type { Log } from '../log.ts'
import type { AnyRequest } from './app.ts'

/** Hears of every request that was routed or answered 404 or 405; for metrics. `route` is the pattern. */
export type Observe = (method: string, route: string | null, status: number, seconds: number) => void

/**
 * The one line of a request. The route is its pattern, never the address with its values. 499: the client left
 * before the answer.
 */
export function logRequest(log: Log, request: AnyRequest, status: number, observe?: Observe): void {
  const { visit, caller } = request
  const durationMs = monotonicMs() - visit.startedMs
  observe?.(request.method, visit.plan?.pattern ?? null, status, durationMs / 1000)
  const line: Record<string, unknown> = {
    request_id: request.id,
    method: request.method,
    route: visit.plan?.pattern ?? null,
    status,
    duration_ms: Math.round(durationMs * 10) / 10,
    address: visit.address,
  }
  if (caller?.userId) line['user_id'] = caller.userId
  if (visit.failure !== undefined) line['err'] = visit.failure
  if (status >= 500 && visit.failure !== undefined) log.error(line)
  else log.info(line)
}
