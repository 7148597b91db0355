/** A progress line on standard error, on a terminal only. */
import { monotonicMs } from '../../clock.ts'

export type Progress = { show(done: number, bytes?: number): void; end(): void }

const shownEveryMs = 100

/** `totalBytes`: the size of the input, if known; the line then has a bar and the remaining time. */
export function progress(totalBytes: number | undefined, quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return { show() {}, end() {} }
  const startedMs = monotonicMs()
  let shownMs = 0
  return {
    show(done, bytes = 0) {
      const now = monotonicMs()
      if (now - shownMs < shownEveryMs) return
      shownMs = now
      const seconds = Math.max(now - startedMs, 1) / 1000
      const share = totalBytes ? Math.min(1, bytes / totalBytes) : undefined
      const line = `${share === undefined ? '' : bar(share)}${done} rows, ${Math.round(done / seconds)} a second`
      process.stderr.write(`\r${line}${share ? `, ${timeLeft(seconds, share)} left` : ''}\u001b[K`)
    },
    end() {
      process.stderr.write('\r\u001b[K')
    },
  }
}

function bar(share: number): string {
  const filled = Math.round(share * 30)
  return `[${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${String(Math.floor(share * 100)).padStart(3)} % `
}

/** The remaining time, in proportion to the time so far. */
function timeLeft(seconds: number, share: number): string {
  const left = Math.ceil((seconds / share) * (1 - share))
  return left < 100 ? `${left} s` : `${Math.ceil(left / 60)} min`
}
