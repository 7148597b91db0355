/** Counting in fixed windows of time, in the memory of this process. */
import { monotonicMs } from '../clock.ts'

/** How often it happened in this window, and when the window ends (monotonic). */
export type Window = { count: number; endsMs: number }

/** Gives the window of a key that runs now; it begins with the first call. */
export type Windows = (key: string, seconds: number) => Window

/** Keeps at most `atMost` windows: one of the oldest makes room for a new one. */
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

/** Forgets what has run out among the oldest, and the oldest one in any case, so the work is bounded. */
function makeRoom(windows: Map<string, Window>, nowMs: number): void {
  let seen = 0
  for (const [key, window] of windows) {
    if (seen === 0 || window.endsMs <= nowMs) windows.delete(key)
    if (++seen === 16) return
  }
}
