/** SQLite's errors in our own words. Apart from the dialect, so that a thread which only runs statements loads no query builder. */
import { thrown } from '../../errors.ts'
import { dangling, duplicate, unavailable } from '../dialect.ts'

export function translateError(error: unknown): unknown {
  const code = thrown(error).errcode
  if (code === undefined) return error
  if (code === 2067 || code === 1555) return duplicate(indexOf(thrown(error).message), error)
  if (code === 787) return dangling(error)
  // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN: not the client's fault and worth another try.
  if ([5, 6, 8, 10, 13, 14].includes(code & 0xff)) return unavailable(error)
  return error
}

/** `UNIQUE constraint failed: users.username_key` is about the index `users_username_key`. */
function indexOf(message: string): string {
  return message
    .replace(/^.*failed: /, '')
    .split(', ')[0]!
    .replace('.', '_')
    .replace(/^index '(.*)'$/, '$1')
}
