/** The deadlines of requests, checked by one timer. */
import type { ServerResponse } from 'node:http'
import { givenUp, giveUp } from '../../attempt.ts'
import { monotonicMs } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { AnyRequest } from '../types.ts'

export type Timeouts = {
  /** Until the headers have arrived. */
  headersMs: number
  /** Until the body has arrived. */
  bodyMs: number
  /** From the end of the body until the answer begins or a change is made. */
  handlerMs: number
  /** From the start until the client has read an answer that does not stream. */
  answerMs: number
  /** Until the connection is closed if a client reads nothing of an answer, also on streaming routes. */
  unreadMs: number
}

/** The maximum silence of a connection during a request, while no answer waits for its client. */
export const silentMs = 30_000

export const defaultTimeouts: Timeouts = {
  headersMs: 10_000,
  bodyMs: 30_000,
  handlerMs: 15_000,
  answerMs: 90_000,
  unreadMs: 30_000,
}

const sweepMs = 500

export type Deadlines = {
  begin(request: AnyRequest): void
  end(request: AnyRequest): void
  /** The unanswered requests. */
  running: ReadonlySet<AnyRequest>
  stop(): void
}

/**
 * A late body is answered 408, a late answer 503, unless the request has changed something. The connection of an answer
 * that is not read in time is closed, except on streaming routes. `abandoned` is called for requests whose client closed
 * the connection before the answer.
 */
export function watchDeadlines(
  timeouts: Timeouts,
  fail: (error: AppError, request: AnyRequest) => void,
  abandoned: (request: AnyRequest) => void,
): Deadlines {
  const requests = new Set<AnyRequest>()
  const sweep = () => {
    const nowMs = monotonicMs()
    for (const request of requests) {
      const raw = request.visit.reply.raw
      limitReading(raw, timeouts)
      if (raw.closed) {
        requests.delete(request)
        abandoned(request)
      } else if (request.visit.plan?.streaming === true) {
        // A stream waits for its reader and needs little memory, so it may take long.
      } else if (raw.headersSent || request.visit.attempt.changes > 0) {
        if (nowMs - request.visit.startedMs > timeouts.answerMs) raw.destroy()
      } else if (!request.visit.timedOut) {
        const error = overdue(request, nowMs, timeouts)
        if (error) fail(error, request)
      }
    }
  }
  const timer = setInterval(sweep, Math.min(sweepMs, timeouts.handlerMs / 4)).unref()
  return {
    begin: (request) => requests.add(request),
    end: (request) => requests.delete(request),
    running: requests,
    stop: () => clearInterval(timer),
  }
}

/** Node checks a connection with unread bytes twice before it closes it, so each wait is half of the time. */
function limitReading(raw: ServerResponse, { unreadMs }: Timeouts): void {
  const { socket } = raw
  if (!socket || !raw.headersSent) return
  const isWaiting = raw.writableEnded || raw.writableNeedDrain
  const limitMs = isWaiting ? unreadMs / 2 : silentMs
  if (socket.timeout !== limitMs) socket.setTimeout(limitMs)
}

function overdue(request: AnyRequest, nowMs: number, timeouts: Timeouts): AppError | null {
  if (!request.raw.complete) {
    return nowMs - request.visit.startedMs > timeouts.bodyMs ? new AppError('request_timeout') : null
  }
  if (nowMs - request.visit.waitingSinceMs <= timeouts.handlerMs) return null
  if (!giveUp(request.visit.attempt)) return null
  request.visit.timedOut = true
  return givenUp()
}
