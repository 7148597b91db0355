/** The memory limit of the process, and its distribution. */
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

/** Outside the heap there are the code, the caches of SQLite, and concurrent password hashes. */
const heapShare = 1 / 2
const hashShare = 1 / 4
const hashBytes = 19 * 2 ** 20

export type MemoryLimits = { process: number; heap: number; hashes: number }

/**
 * In bytes: the memory of the container or the machine, and the limit of the heap, which is 259 MiB by default in any
 * small container. `hashes` is the number of concurrent password hashes.
 */
export function memoryLimits(): MemoryLimits {
  const whole = Math.min(constrained(), totalmem())
  return {
    process: whole,
    heap: Math.min(getHeapStatistics().heap_size_limit, whole * heapShare),
    hashes: Math.floor((whole * hashShare) / hashBytes),
  }
}

/** Without a limit it is 0 or undefined. */
function constrained(): number {
  return process.constrainedMemory() || Number.POSITIVE_INFINITY
}
