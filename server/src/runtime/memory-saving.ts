/**
 * Lets V8 prefer little memory to little work for a time. It then collects before its heap grows over the limit of the
 * last collection, and returns the pages that a collection has freed to the system instead of keeping them for new
 * objects: up to 30 MiB less for each thread. It costs 5 to 25% more CPU time, so it is not always on.
 */
import { setFlagsFromString } from 'node:v8'

/** Slow clients often come again soon. */
const lingerMs = 30_000

/** V8 has one flag for the process, which has several servers in tests. */
let savers = 0

/** Saves memory until some time after the returned function is called, which is to be called once. */
export function saveMemory(afterMs = lingerMs): () => void {
  savers += 1
  setFlagsFromString('--optimize-for-size')
  return () => {
    setTimeout(() => {
      savers -= 1
      if (savers === 0) setFlagsFromString('--no-optimize-for-size')
    }, afterMs).unref()
  }
}
