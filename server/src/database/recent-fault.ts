/** The last fault of the disk that a write met. A small write may go well on a full disk, so that one alone says little. */
import { monotonicMs } from '../clock.ts'
import { thrown } from '../errors.ts'

const recentMs = 10_000
/** SQLite: read-only, error of the disk, full. PostgreSQL: full, error of the disk. */
const diskFaults: ReadonlySet<unknown> = new Set([8, 10, 13, '53100', '58030'])

export function recentFaults() {
  let last: { error: unknown; atMs: number } | undefined
  return {
    /** Looks at the error of a write, and through its causes. */
    note(error: unknown): void {
      for (let fault = error; fault; fault = thrown(fault).cause) {
        const { code: name, errcode } = thrown(fault)
        const code = errcode === undefined ? name : errcode & 0xff
        if (diskFaults.has(code)) last = { error, atMs: monotonicMs() }
      }
    },
    /** The fault of the last seconds, or undefined. */
    get: (): unknown => (last && monotonicMs() - last.atMs < recentMs ? last.error : undefined),
  }
}
