/**
 * Hashing in bounds. Argon2 runs on libuv's threads, which DNS and files need as well: only so many hashes run at a
 * time, a bounded number waits, and the rest is turned away at once.
 */
import { AppError } from '../../errors.ts'

/**
 * While others wait for their turn, results are handed out a few at a time, none later than this. A hash leaves nothing
 * in the caches of its core, and whatever follows it pays for that: the first of a group does, the others do not, and
 * they share one commit.
 */
const handedOutTogether = 6
const handedOutAfterMs = 30

export type HashQueue = {
  /** @throws overloaded, without running `work`, when too many wait */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Before anything is counted or written for the work. @throws overloaded when too many wait already */
  refuseWhenFull(): void
  /** How many run and wait, for metrics. */
  depth(): { running: number; waiting: number }
}

export function createHashQueue(atOnce: number): HashQueue {
  const waiting: (() => void)[] = []
  const maxWaiting = atOnce * 20
  let running = 0
  const refuseWhenFull = () => {
    if (waiting.length >= maxWaiting)
      throw new AppError('overloaded', { detail: 'Too many sign-ins at once.', retryAfterSeconds: 2 })
  }

  const finished: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  const handOut = () => {
    clearTimeout(timer)
    for (const resolve of finished.splice(0)) resolve()
  }
  const group = () =>
    new Promise<void>((resolve) => {
      if (finished.push(resolve) >= Math.min(handedOutTogether, waiting.length)) handOut()
      else if (finished.length === 1) timer = setTimeout(handOut, handedOutAfterMs)
    })

  return {
    refuseWhenFull,
    async run(work) {
      if (running >= atOnce) {
        refuseWhenFull()
        await new Promise<void>((resolve) => waiting.push(resolve))
      } else {
        running += 1
      }
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else running -= 1
        await group()
      }
    },
    depth: () => ({ running, waiting: waiting.length }),
  }
}
