/**
 * A queue for password hashes. Argon2 runs on the threads of libuv, which DNS and file access need too. Therefore a
 * limited number of hashes runs at a time, a limited number waits, and others are refused immediately.
 */
import { AppError } from '../../errors.ts'

/**
 * While others wait, results are returned in groups, after this delay at most. A hash evicts the caches of its core, so
 * the code that follows is slow. In a group this happens only once, and the group shares one commit.
 */
const handedOutTogether = 6
const handedOutAfterMs = 30

export type HashQueue = {
  /**
   * Some places are reserved for work from known networks, which waits in a separate queue.
   * @throws overloaded, without running `work`, when too many wait
   */
  run<T>(isKnown: boolean, work: () => Promise<T>): Promise<T>
  /** Checks the queue before anything is counted or written for the work. @throws overloaded when too many wait */
  refuseWhenFull(isKnown: boolean): void
  /** The numbers of running and waiting hashes, for metrics. */
  depth(): { running: number; waiting: number }
}

export function createHashQueue(atOnce: number): HashQueue {
  const lines: Record<'known' | 'others', (() => void)[]> = { known: [], others: [] }
  const length = () => lines.known.length + lines.others.length
  const maxWaiting = atOnce * 20
  const maxWaitingOthers = atOnce * 15
  let running = 0
  let turn = 0
  const refuseWhenFull = (isKnown: boolean) => {
    if (length() >= maxWaiting || (!isKnown && lines.others.length >= maxWaitingOthers))
      throw new AppError('overloaded', { detail: 'Too many concurrent sign-ins.', retryAfterSeconds: 2 })
  }

  /**
   * Takes three items from the queue of known networks, then one from the other queue. If one queue is empty, it takes
   * from the other.
   */
  const takeNext = () => {
    turn = (turn + 1) % 4
    const [first, second] = turn === 0 ? [lines.others, lines.known] : [lines.known, lines.others]
    return first.shift() ?? second.shift()
  }

  const finished: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  const handOut = () => {
    clearTimeout(timer)
    for (const resolve of finished.splice(0)) resolve()
  }
  const group = () =>
    new Promise<void>((resolve) => {
      if (finished.push(resolve) >= Math.min(handedOutTogether, length())) handOut()
      else if (finished.length === 1) timer = setTimeout(handOut, handedOutAfterMs)
    })

  return {
    refuseWhenFull,
    async run(isKnown, work) {
      if (running >= atOnce) {
        refuseWhenFull(isKnown)
        await new Promise<void>((resolve) => lines[isKnown ? 'known' : 'others'].push(resolve))
      } else {
        running += 1
      }
      try {
        return await work()
      } finally {
        const next = takeNext()
        if (next) next()
        else running -= 1
        await group()
      }
    },
    depth: () => ({ running, waiting: length() }),
  }
}
