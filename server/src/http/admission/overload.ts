/** Whether the process is too busy for new work. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { memoryLimits } from '../../runtime/memory.ts'

const windowMs = 1_000
const maxDelayMs = 200
const maxHeapShare = 0.85
/** A number of requests that even a slow machine answers; up to this number none is refused. */
const few = 32

export type OverloadGauge = {
  /** Whether to refuse a request while this number of requests is unanswered. */
  isOverloaded(running: number): boolean
  stop(): void
}

/**
 * The process is overloaded in two cases. Either events wait more than 200 ms (p99) for two seconds in a row while it
 * works on more than a few requests, so that a single long pause refuses no request. Or its heap has reached 85% of its
 * limit.
 */
export function watchOverload(): OverloadGauge {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const { heap } = memoryLimits()
  let busyWindows = 0
  let isFull = false
  const timer = setInterval(() => {
    const isBusy = delay.percentile(99) / 1e6 > maxDelayMs
    isFull = getHeapStatistics().used_heap_size > heap * maxHeapShare
    busyWindows = isBusy ? busyWindows + 1 : 0
    delay.reset()
  }, windowMs).unref()
  return {
    isOverloaded: (running) => isFull || (busyWindows >= 2 && running > few),
    stop() {
      clearInterval(timer)
      delay.disable()
    },
  }
}
