/** Counting in fixed windows of time, in the memory of this process. */
import { monotonicMs } from '../clock.ts'

/** The count in this window, and the end of the window (monotonic). */
export type Window = { count: number; endsMs: number }

/** Returns the current window of a key; it begins with the first call. */
export type Windows = (key: string, seconds: number) => Window

/** Keeps at most `atMost` windows; a new one replaces one of the oldest. */
export function createWindows(atMost: number): Windows {
  const windows = new Map<string, Window>()
  return (key, seconds) => {
    const nowMs = monotonicMs()
    const known = windows.get(key)
    if (known && known.endsMs > nowMs) return known
    if (known) windows.delete(key)
    if (windows.size >= atMost) makeRoom(windows, nowMs)
    const fresh = { count: 0, endsMs: nowMs + seconds * 1000 }
    windows.set(key, fresh)
    return fresh
  }
}

/** Deletes the expired windows among the oldest, and at least the oldest one; the work is limited. */
function makeRoom(windows: Map<string, Window>, nowMs: number): void {
  let seen = 0
  for (const [key, window] of windows) {
    if (seen === 0 || window.endsMs <= nowMs) windows.delete(key)
    if (++seen === 16) return
  }
}
