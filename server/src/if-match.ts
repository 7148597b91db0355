/** The version on which a change is based. */
import { AppError } from './errors.ts'

/** null: no header. `*`: any existing version. Else the accepted versions. */
export type IfMatch = null | '*' | readonly number[]

/** @throws precondition_failed, with the current ETag, when the current version is not among the expected ones */
export function checkIfMatch(expected: IfMatch, currentVersion: number): void {
  if (expected === null || expected === '*' || expected.includes(currentVersion)) return
  throw new AppError('precondition_failed', { headers: { etag: `"${currentVersion}"` } })
}
