/** A progress line on standard error, on a terminal only. */
import { monotonicMs } from '../clock.ts'

export type Progress = { show(done: number, bytes: number): void; end(): void }

/** `totalBytes` of the input when it is known; then the line has a bar. */
export function progress(totalBytes: number | undefined, quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return { show() {}, end() {} }
  let shownMs = 0
  return {
    show(done, bytes) {
      const now = monotonicMs()
      if (now - shownMs < 100) return
      shownMs = now
      process.stderr.write(`\r${totalBytes ? bar(bytes / totalBytes) : ''}${done} rows `)
    },
    end() {
      process.stderr.write('\r\u001b[K')
    },
  }
}

function bar(share: number): string {
  const filled = Math.round(Math.min(1, share) * 30)
  return `[${'#'.repeat(filled)}${'.'.repeat(30 - filled)}] ${String(Math.floor(Math.min(1, share) * 100)).padStart(3)} % `
}
