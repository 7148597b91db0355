/** Requests that wait for events. They share one query, and their number is limited. */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../../clock.ts'
import { AppError } from '../../errors.ts'

type Feed = {
  advance(): Promise<{ position: number }>
  onRecord(listener: () => void): () => void
}

export type Waiting = ReturnType<typeof createWaiting>

/** The maximum delay until events of other replicas are seen. */
const lookMs = 500
/** Commits within this time share one query. */
const togetherMs = 10
const maxInAll = 200
const maxOfCaller = 10

export function createWaiting(feed: Feed) {
  const stopping = new AbortController()
  const byCaller = new Map<string, number>()
  let open = 0
  let waiters = 0
  let woken = Promise.withResolvers<void>()
  let looking: Promise<number | undefined> | undefined
  feed.onRecord(() => {
    if (waiters > 0) setTimeout(() => woken.resolve(), togetherMs).unref()
  })

  /** The end of the feed after a short delay; undefined when the database fails. */
  const look = (): Promise<number | undefined> => {
    looking ??= (async () => {
      await Promise.race([woken.promise, sleep(lookMs, undefined, { ref: false })])
      woken = Promise.withResolvers<void>()
      looking = undefined
      return feed.advance().then(
        ({ position }) => position,
        () => undefined,
      )
    })()
    return looking
  }

  return {
    /** Counts a waiting request. @returns a function to call at its end @throws too_many_requests */
    enter(caller: string): () => void {
      const own = byCaller.get(caller) ?? 0
      if (open >= maxInAll || own >= maxOfCaller)
        throw new AppError('too_many_requests', {
          detail: 'Too many requests wait for events.',
          retryAfterSeconds: 5,
        })
      open += 1
      byCaller.set(caller, own + 1)
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        open -= 1
        const left = (byCaller.get(caller) ?? 1) - 1
        if (left > 0) byCaller.set(caller, left)
        else byCaller.delete(caller)
      }
    },

    /** Resolves when there are events after `position`, the time has passed, or the request or the service ends. */
    async until(position: number, ms: number, signal: AbortSignal): Promise<void> {
      const endMs = monotonicMs() + ms
      const ended = AbortSignal.any([signal, stopping.signal])
      const aborted = new Promise<void>((resolve) => ended.addEventListener('abort', () => resolve()))
      waiters += 1
      try {
        while (!ended.aborted && monotonicMs() < endMs) {
          const found = await Promise.race([look(), aborted])
          if (typeof found === 'number' && found > position) return
        }
      } finally {
        waiters -= 1
      }
    },

    isStopping: () => stopping.signal.aborted,

    /** Ends all waiting requests. */
    stop(): void {
      stopping.abort()
    },
  }
}
