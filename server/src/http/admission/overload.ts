/** Whether the process is so busy that new work should be turned away. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { memoryLimits } from '../../runtime/memory.ts'

const windowMs = 1_000
const maxDelayMs = 200
const maxHeapShare = 0.85
/** So many requests are answered on a slow machine too: they wait, but there is no queue to cut short. */
const few = 32

export type OverloadGauge = {
  /** Whether to turn away one of this many requests that have no answer yet. */
  isOverloaded(running: number): boolean
  stop(): void
}

/**
 * The process is overloaded when events wait more than 200 ms (p99) for two seconds in a row, so that one long pause
 * refuses no request, while it works on more than a few; or when its heap has 85% of what the container leaves
 * to it.
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
