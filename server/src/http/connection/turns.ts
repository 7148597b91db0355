/** Starts only a few of the requests that arrive together, so that they do not block the event loop. */
import { monotonicMs } from '../../clock.ts'

/** After this time, the remaining requests wait for the next turn of the event loop. */
const turnMs = 10

/** Starts work now, or in order in one of the next turns if this turn has taken long. */
export type TakeTurns = (begin: () => void) => void

export function takeTurns(limitMs = turnMs, nowMs = monotonicMs): TakeTurns {
  const waiting: (() => void)[] = []
  let startedMs: number | null = null
  let turn: NodeJS.Immediate | undefined

  const next = () => {
    startedMs = null
    if (waiting.length === 0) return
    startTurn()
    while (waiting.length > 0 && hasTime()) waiting.shift()!()
  }
  const startTurn = () => {
    startedMs = nowMs()
    turn = setImmediate(next)
    // The callback runs after the sockets of this turn. Unless requests wait, it must not make the event loop poll
    // twice.
    if (waiting.length === 0) turn.unref()
  }
  const hasTime = () => nowMs() - startedMs! < limitMs

  return (begin) => {
    if (startedMs === null) startTurn()
    if (waiting.length === 0 && hasTime()) return begin()
    waiting.push(begin)
    turn?.ref()
  }
}
