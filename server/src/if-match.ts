/** `If-Match`: the version on which a change is based (RFC 9110 §13.1.1). Routes read it, services check it. */
import { AppError } from './errors.ts'

const entityTag = /\s*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)/y

/** null: no header. `*`: any existing version. Else the accepted versions. */
export type IfMatch = null | '*' | readonly number[]

/** @throws precondition_failed, with the current ETag, when the current version is not among the expected ones */
export function checkIfMatch(expected: IfMatch, currentVersion: number): void {
  if (expected === null || expected === '*' || expected.includes(currentVersion)) return
  throw new AppError('precondition_failed', { headers: { etag: `"${currentVersion}"` } })
}

/**
 * The versions in `If-Match`: null without the header, `*` for any, else a list. Weak and foreign tags match nothing, so
 * they are left out.
 * @throws bad_request when the header is malformed
 */
export function ifMatch(request: { headers: { 'if-match'?: string | undefined } }): IfMatch {
  const header = request.headers['if-match']
  if (header === undefined) return null
  if (header.trim() === '*') return '*'
  const tags = entityTags(header)
  if (tags === null)
    throw new AppError('bad_request', { detail: 'The If-Match header is not a list of ETags.' })
  return tags.flatMap((tag) => (/^"\d{1,15}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []))
}

/** The tags of a list; null when it is malformed. */
export function entityTags(header: string): string[] | null {
  const tags: string[] = []
  entityTag.lastIndex = 0
  while (entityTag.lastIndex < header.length) {
    const match = entityTag.exec(header)
    if (!match) return null
    tags.push(match[1]!)
  }
  return tags.length > 0 ? tags : null
}
