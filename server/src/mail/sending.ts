/**
 * Sends the mails of the outbox. Replicas share the work: a mail is leased before it is sent, and marked as sent after
 * the server has accepted it. After a crash in between it is sent again with the same `Message-ID`, and never lost.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createWorker } from '../background/worker.ts'
import { jitter, now } from '../clock.ts'
import type { Database } from '../database/database.ts'
import { createDelivering, type DeliveringNeeds } from './delivering.ts'
import { createLeases, type Held } from './leases.ts'
import { createPace } from './pace.ts'

/** The seconds until other replicas take over after a crash. */
const usualLeaseSeconds = 8
const pollMs = 2_000
const stopMs = 5_000

type Needs = DeliveringNeeds & { database: Database; leaseSeconds?: number }

export type Sending = {
  /** Waits a few seconds for running deliveries, and releases the other leases immediately. */
  stop(): Promise<void>
}

export function startSending(needs: Needs): Sending {
  const { outbox, mailer, log, leaseSeconds = usualLeaseSeconds } = needs
  const leases = createLeases({ database: needs.database, store: outbox.store, leaseSeconds })
  const pace = createPace(mailer.width)
  const aborting = new AbortController()
  const running = new Set<Promise<void>>()
  let stopping = false
  const deliver = createDelivering(needs, {
    ...{ leases, pace, signal: aborting.signal },
    isStopping: () => stopping,
  })

  /** Starts as many deliveries as allowed. */
  const fill = async (): Promise<void> => {
    const free = pace.width() - running.size
    if (free <= 0) return
    if (pace.pauseMs() > 0) return worker.wake(pace.pauseMs())
    for (const held of await leases.claim(free, now())) start(held)
  }
  const worker = createWorker({
    work: fill,
    pollMs: () => pollMs,
    failed: (error) =>
      log.warn({ event: 'mail.outbox_unreachable', err: error }, 'the outbox cannot be read'),
  })

  const start = (held: Held) => {
    const work = deliver(held).finally(() => {
      running.delete(work)
      worker.wake()
    })
    running.add(work)
  }

  // A random delay, so that the response times of the next requests do not reveal whether there was a mail to send.
  const stopListening = outbox.onWake(() => worker.wake(20 + jitter() * 200))
  worker.start()
  return {
    async stop() {
      stopping = true
      stopListening()
      await worker.stop()
      const all = Promise.allSettled([...running])
      await Promise.race([all, sleep(stopMs, undefined, { ref: false })])
      aborting.abort()
      await all
      leases.stop()
      mailer.close()
    },
  }
}
