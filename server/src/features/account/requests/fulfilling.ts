/**
 * Processes requests about addresses soon after they are stored. After a crash, the next poll of a replica processes
 * them.
 */
import { createWorker } from '../../../background/worker.ts'
import { jitter } from '../../../clock.ts'
import type { Database } from '../../../database/database.ts'
import { isAppError } from '../../../errors.ts'
import type { NotedRequest, Requests } from './requests.ts'

/**
 * The number of requests in one transaction, so that the transaction blocks other writers no longer than an API
 * request.
 */
const batch = 10
const pollMs = 2_000

const soonMs = () => 10 + jitter() * 90

type Needs = {
  database: Database
  requests: Requests
  /** Processes all requests or none, each once, even if several replicas try. */
  fulfil(requests: readonly NotedRequest[]): Promise<void>
  log: { warn(fields: object, message: string): void }
}

export type Fulfilling = { stop(): Promise<void> }

export function startFulfilling({ database, requests, fulfil, log }: Needs): Fulfilling {
  let stopping = false

  const forget = async (id: string, why: object): Promise<void> => {
    log.warn({ event: 'account.request_dropped', ...why }, 'a request for a link was dropped')
    await database.transaction((tx) => requests.take(tx, id))
  }

  const work = async (): Promise<void> => {
    for (;;) {
      const found = await requests.list(batch)
      if (stopping) return
      await attempt(found.flatMap(({ request }) => request ?? []))
      for (const { id, request } of found) if (!request) await forget(id, { reason: 'too old or unreadable' })
      if (found.length < batch) return
    }
  }

  /** A request that also fails alone is dropped: its caller can repeat it, and other requests must not wait. */
  const attempt = async (some: readonly NotedRequest[]): Promise<void> => {
    const [first, ...rest] = some
    if (!first) return
    try {
      await fulfil(some)
    } catch (error) {
      if (isAppError(error) && error.status === 503) throw error
      if (rest.length === 0) return forget(first.id, { err: error })
      for (const one of some) await attempt([one])
    }
  }

  const worker = createWorker({
    work,
    pollMs: () => pollMs,
    pauseMs: soonMs,
    failed: (error) =>
      log.warn({ event: 'account.requests_wait', err: error }, 'requests for links wait for the database'),
  })
  // A random delay, so that the response times of the next requests do not reveal how much work there was.
  const stopListening = requests.onNote(() => worker.wake(soonMs()))
  worker.start()
  return {
    async stop() {
      stopping = true
      stopListening()
      await worker.stop()
    },
  }
}
