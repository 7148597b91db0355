/** A cache whose values expire after a short time. */

import { monotonicMs } from '../clock.ts'
import { dropOldest } from './drop-oldest.ts'

export type TtlCache<V> = {
  get(key: string): V | undefined
  /**
   * Does not store the value if the cache was cleared after the look-up began, because the value may be out of date.
   * @param lookedUpMs the monotonic time when the look-up began
   */
  set(key: string, value: V, lookedUpMs: number): void
  delete(key: string): void
  deleteWhere(isOver: (value: V) => boolean): void
  clear(): void
}

/** Values are valid for `goodForMs`. Above `atMost` the oldest one is removed. */
export function createTtlCache<V>(goodForMs: number, atMost: number): TtlCache<V> {
  const entries = new Map<string, { value: V; untilMs: number }>()
  let forgotMs = Number.NEGATIVE_INFINITY
  return {
    get(key) {
      const known = entries.get(key)
      return known && known.untilMs > monotonicMs() ? known.value : undefined
    },
    set(key, value, lookedUpMs) {
      if (lookedUpMs <= forgotMs) return
      entries.delete(key)
      if (entries.size >= atMost) dropOldest(entries)
      entries.set(key, { value, untilMs: lookedUpMs + goodForMs })
    },
    delete(key) {
      forgotMs = monotonicMs()
      entries.delete(key)
    },
    deleteWhere(isOver) {
      forgotMs = monotonicMs()
      for (const [key, { value }] of entries) if (isOver(value)) entries.delete(key)
    },
    clear() {
      forgotMs = monotonicMs()
      entries.clear()
    },
  }
}
