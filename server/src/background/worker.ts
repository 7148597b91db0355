/** Work in the background: one turn after another, when it is woken and from time to time. */
import { outsideAttempt } from '../attempt.ts'
import { monotonicMs } from '../clock.ts'

export type Worker = {
  /** Begins; the first turn comes after this many milliseconds. */
  start(inMs?: number): void
  /** Asks for a turn in this many milliseconds, or earlier. Does nothing before the start and after the stop. */
  wake(inMs?: number): void
  /** Takes a turn now, or joins the one that is running. Never rejects. */
  run(): Promise<void>
  /** Starts no further turn, and waits for the one that is running. */
  stop(): Promise<void>
}

type WorkerOptions = {
  /** One turn: does all that is due. */
  work(): Promise<void>
  /** From the end of a turn to the next one, unless it is woken earlier. */
  pollMs(): number
  /** From the end of a turn to the next one when the worker was woken during the turn; none when left out. */
  pauseMs?(): number
  /** Called for the first of several turns that fail in a row. */
  failed(error: unknown): void
}

export function createWorker({ work, pollMs, pauseMs = () => 0, failed }: WorkerOptions): Worker {
  let isOn = false
  let isFailing = false
  let turn: Promise<void> | undefined
  let isWoken = false
  let timer: NodeJS.Timeout | undefined
  let dueAtMs = Number.POSITIVE_INFINITY

  const wake = (inMs = 0): void => {
    const atMs = monotonicMs() + inMs
    if (!isOn || atMs >= dueAtMs) return
    clearTimeout(timer)
    dueAtMs = atMs
    timer = outsideAttempt(() => setTimeout(begin, inMs).unref())
  }

  const begin = (): void => {
    dueAtMs = Number.POSITIVE_INFINITY
    if (turn) isWoken = true
    else void run()
  }

  const run = (): Promise<void> => {
    turn ??= work()
      .then(
        () => {
          isFailing = false
        },
        (error: unknown) => {
          if (!isFailing) failed(error)
          isFailing = true
        },
      )
      .finally(() => {
        turn = undefined
        if (isWoken && !isFailing) wake(pauseMs())
        else if (dueAtMs === Number.POSITIVE_INFINITY) wake(pollMs())
        isWoken = false
      })
    return turn
  }

  return {
    start(inMs = 0): void {
      isOn = true
      wake(inMs)
    },
    wake,
    run,
    async stop(): Promise<void> {
      isOn = false
      clearTimeout(timer)
      await turn
    },
  }
}
