/** How long a request may take, watched for all of them by one timer. */
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
  /** From then until the answer begins or a change is made. */
  handlerMs: number
  /** From the start until the client has read an answer that does not stream. */
  answerMs: number
  /** Until a client that reads nothing of an answer is cut, on streaming routes as well. */
  unreadMs: number
}

/** How long a connection may be silent within a request, while no answer waits for its client. */
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
  /** The requests that have not been answered. */
  running: ReadonlySet<AnyRequest>
  stop(): void
}

/**
 * A late body gives 408; a late answer 503, unless the request has changed something; and an answer that is not read in
 * time is cut, except on streaming routes. `abandoned` hears of requests whose client left before the answer.
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
        // A stream waits for its reader and holds little, however long it takes.
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

/** Node looks twice at a connection with unread bytes before it is cut, so each wait is half of the time. */
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
