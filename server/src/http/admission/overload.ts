/** Whether the process is so busy that new work should be turned away. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

const windowMs = 1_000
const maxDelayMs = 200
const maxHeapShare = 0.85

export type OverloadGauge = {
  isOverloaded(): boolean
  stop(): void
}

/**
 * The process is overloaded when events wait more than 200 ms (p99) for two seconds in a row, so that one long pause
 * refuses no request, or when its heap is 85% full.
 */
export function watchOverload(): OverloadGauge {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  let busyWindows = 0
  const timer = setInterval(() => {
    const { used_heap_size, heap_size_limit } = getHeapStatistics()
    const isBusy = delay.percentile(99) / 1e6 > maxDelayMs
    const isFull = used_heap_size > heap_size_limit * maxHeapShare
    busyWindows = isFull ? 2 : isBusy ? busyWindows + 1 : 0
    delay.reset()
  }, windowMs).unref()
  return {
    isOverloaded: () => busyWindows >= 2,
    stop() {
      clearInterval(timer)
      delay.disable()
    },
  }
}
