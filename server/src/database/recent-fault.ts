/** The last disk error of a write. A small write may succeed on a full disk, so one success alone proves little. */
import { monotonicMs } from '../clock.ts'
import { thrown } from '../errors.ts'

const recentMs = 10_000
/** SQLite: read-only, error of the disk, full. PostgreSQL: full, error of the disk. */
const diskFaults: ReadonlySet<unknown> = new Set([8, 10, 13, '53100', '58030'])

export function recentFaults() {
  let last: { error: unknown; atMs: number } | undefined
  return {
    /** Checks the error of a write and its causes. */
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
