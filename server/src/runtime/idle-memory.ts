/**
 * Collects garbage while the service is idle, so that memory is returned to the system after a load. V8 itself collects
 * only when memory is allocated, which an idle service does not do.
 */
import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { collectAll } from './collecting.ts'

const defaultEveryMs = 20_000
/** The service is idle if the event loop was busy for less than this share of the time. */
const idleShare = 0.02
/** The minimum growth for a collection, which takes about 50 ms. */
const worthBytes = 4 * 1024 * 1024

export function collectWhenIdle(everyMs = defaultEveryMs): { stop(): void } {
  let before = performance.eventLoopUtilization()
  let kept = 0
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization > idleShare || getHeapStatistics().total_heap_size < kept + worthBytes) return
    collectAll()
    kept = getHeapStatistics().total_heap_size
  }, everyMs).unref()
  return { stop: () => clearInterval(timer) }
}
