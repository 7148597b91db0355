/** Collections of garbage at a time that Roster chooses. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: object) => void
let collect: Collect | undefined

/** V8 provides this function in contexts that are created while the flag is set. Another thread may just have reset it. */
function collector(): Collect {
  for (;;) {
    setFlagsFromString('--expose-gc')
    const gc: Collect | undefined = runInNewContext('globalThis.gc')
    setFlagsFromString('--no-expose-gc')
    if (gc) return gc
  }
}

/** Collects everything in this thread and returns free memory to the system, in about 50 ms for the main thread. */
export function collectAll(): void {
  collect ??= collector()
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** Collects new objects of this thread, in a few milliseconds. Bytes outside the heap that belong to them are freed. */
export function collectNew(): void {
  collect ??= collector()
  collect({ type: 'minor', execution: 'sync' })
}

/** Collects, in the next turn of the loop, each time this many bytes were counted. */
export function collectEvery(bytes: number, collectThem = collectAll): (count: number) => void {
  let counted = 0
  return (count) => {
    counted += count
    if (counted < bytes) return
    counted = 0
    setImmediate(collectThem)
  }
}
