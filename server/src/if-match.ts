/** What a change says about the version it is based on. */
import { AppError } from './errors.ts'

/** null: nothing was said. `*`: any version, as long as it exists. Else the versions that are accepted. */
export type IfMatch = null | '*' | readonly number[]

/** @throws precondition_failed, with the current ETag, when the current version is not among the expected ones */
export function checkIfMatch(expected: IfMatch, currentVersion: number): void {
  if (expected === null || expected === '*' || expected.includes(currentVersion)) return
  throw new AppError('precondition_failed', { headers: { etag: `"${currentVersion}"` } })
}
