/** Repeats work in the background, one run after another: at an interval, and when it is woken. */
import { outsideAttempt } from '../attempt.ts'
import { monotonicMs } from '../clock.ts'

export type Worker = {
  /** Starts the worker; the first run begins after this many milliseconds. */
  start(inMs?: number): void
  /** Requests a run within this many milliseconds. Does nothing before the start and after the stop. */
  wake(inMs?: number): void
  /** Runs now, or joins the current run. Never rejects. */
  run(): Promise<void>
  /** Starts no further run, and waits for the current one. */
  stop(): Promise<void>
}

type WorkerOptions = {
  /** One run, which does all due work. */
  work(): Promise<void>
  /** The milliseconds from the end of a run to the next one, unless it is woken earlier. */
  pollMs(): number
  /** The milliseconds to the next run if the worker was woken during the run; 0 by default. */
  pauseMs?(): number
  /** Called for the first of several runs that fail in a row. */
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
