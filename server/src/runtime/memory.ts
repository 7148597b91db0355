/** How much memory the process may have, and what it may use it for. */
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

/** Beside the heap there are the code, the caches of SQLite, and the password hashes that are made at the same time. */
const heapShare = 1 / 2
const hashShare = 1 / 4
const hashBytes = 19 * 2 ** 20

export type MemoryLimits = { process: number; heap: number; hashes: number }

/**
 * In bytes: of the container, or of the machine; and of the heap, which Node lets grow to 259 MiB in any small container. `hashes`
 * is how many password hashes have room at the same time.
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
