/**
 * Lets the heaps of all threads grow more between two collections while the process is small. This takes less CPU time: a
 * read of a user takes about 0.9 times as much. `bin/settle-process.js` sets the small growth for the start.
 */
import { setFlagsFromString } from 'node:v8'
import { memoryLimits } from './memory.ts'

const everyMs = 1_000
const percent = { small: 80, large: 20 }
/** Resident memory, with about 64 MiB of files. */
const smallBytes = 190 * 2 ** 20
/** Of the memory of the container. */
const smallShare = 1 / 2

/** How many percent the heap may grow, by the resident memory and the memory of the container in bytes. */
export function growthOf(residentBytes: number, limitBytes: number): number {
  return residentBytes < Math.min(smallBytes, limitBytes * smallShare) ? percent.small : percent.large
}

/** Sets the growth each second. */
export function adaptHeapGrowth(
  set = (growth: number) => setFlagsFromString(`--heap-growing-percent=${growth}`),
): {
  stop(): void
} {
  const limit = memoryLimits().process
  let current = percent.large
  const timer = setInterval(() => {
    const growth = growthOf(process.memoryUsage.rss(), limit)
    if (growth !== current) set(growth)
    current = growth
  }, everyMs).unref()
  return { stop: () => clearInterval(timer) }
}
