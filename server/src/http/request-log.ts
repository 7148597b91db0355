import { monotonicMs } from '../clock.ts'
import { type Log, writeInfo } from '../log/log.ts'
import { kindOf } from '../tracing/tracing.ts'
import type { AnyRequest } from './types.ts'

/** Called for every request that was routed or answered 404 or 405, for metrics. `route` is the pattern. */
export type Observe = (method: string, route: string | null, status: number, seconds: number) => void

/**
 * The log line of a request. The route is its pattern, never the URL with its values. The status 499 means that the
 * client closed the connection before the answer.
 */
export function logRequest(log: Log, request: AnyRequest, status: number, observe?: Observe): void {
  const { visit, caller } = request
  const durationMs = monotonicMs() - visit.startedMs
  observe?.(request.method, visit.plan?.pattern ?? null, status, durationMs / 1000)
  endSpan(request, status)
  const line = {
    request_id: request.id,
    method: request.method,
    route: visit.plan?.pattern ?? null,
    status,
    duration_ms: Math.round(durationMs * 10) / 10,
    address: visit.address,
    ...(caller?.userId && { user_id: caller.userId }),
    ...(caller?.application && { application_id: caller.application.id }),
    ...(visit.span && { trace_id: visit.span.traceId }),
  }
  if (visit.failure === undefined) writeInfo(log, membersOf(line))
  else if (status >= 500) log.error({ ...line, err: visit.failure })
  else log.info({ ...line, err: visit.failure })
}

function endSpan({ method, id, visit }: AnyRequest, status: number): void {
  const route = visit.plan?.pattern
  visit.span?.end({
    name: route === undefined ? method : `${method} ${route}`,
    attributes: {
      'http.request.method': method,
      ...(route !== undefined && { 'http.route': route }),
      'http.response.status_code': status,
      'roster.request_id': id,
    },
    ...(status >= 500 && { error: visit.failure === undefined ? String(status) : kindOf(visit.failure) }),
  })
}

type Line = {
  request_id: string
  method: string
  route: string | null
  status: number
  duration_ms: number
  address: string
  user_id?: string
  trace_id?: string
}

/**
 * The same text as `JSON.stringify` would create. No member has a character to escape: ids, a method, a pattern, an
 * address.
 */
function membersOf({
  request_id,
  method,
  route,
  status,
  duration_ms,
  address,
  user_id,
  trace_id,
}: Line): string {
  const pattern = route === null ? 'null' : `"${route}"`
  const user = user_id === undefined ? '' : `,"user_id":"${user_id}"`
  const trace = trace_id === undefined ? '' : `,"trace_id":"${trace_id}"`
  return `"request_id":"${request_id}","method":"${method}","route":${pattern},"status":${status},"duration_ms":${duration_ms},"address":"${address}"${user}${trace}`
}
