/** Requests that arrive together are begun a few at a time, so that they do not hold the event loop. */
import { monotonicMs } from '../../clock.ts'

/** What has not begun after so long waits for the next turn of the loop. */
const turnMs = 10

/** Begins work now, or in its order in one of the next turns when this turn has taken long. */
export type TakeTurns = (begin: () => void) => void

export function takeTurns(limitMs = turnMs, nowMs = monotonicMs): TakeTurns {
  const waiting: (() => void)[] = []
  let startedMs: number | null = null

  const next = () => {
    startedMs = null
    if (waiting.length === 0) return
    startTurn()
    while (waiting.length > 0 && hasTime()) waiting.shift()!()
  }
  const startTurn = () => {
    startedMs = nowMs()
    setImmediate(next)
  }
  const hasTime = () => nowMs() - startedMs! < limitMs

  return (begin) => {
    if (startedMs === null) startTurn()
    if (waiting.length === 0 && hasTime()) begin()
    else waiting.push(begin)
  }
}
