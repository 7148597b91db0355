/**
 * Collects garbage while there is little to do, so that the memory which a load took goes back to the system: V8 collects
 * when memory is allocated, which an idle service does not do.
 */
import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const defaultEveryMs = 20_000
/** The share of the time in which the event loop may have been busy. */
const idleShare = 0.02
/** A collection takes about 50 ms: it has to be worth it. */
const worthBytes = 4 * 1024 * 1024

export function collectWhenIdle(everyMs = defaultEveryMs): { stop(): void } {
  let before = performance.eventLoopUtilization()
  let kept = 0
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization > idleShare || getHeapStatistics().total_heap_size < kept + worthBytes) return
    collect()
    kept = getHeapStatistics().total_heap_size
  }, everyMs).unref()
  return { stop: () => clearInterval(timer) }
}

/** V8 gives this function to contexts that are made while the flag is set. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options: object) => void
  setFlagsFromString('--no-expose-gc')
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
