/**
 * Translates errors of SQLite. Separate from the dialect, so that a thread that only runs statements does not load the
 * query builder.
 */
import { thrown } from '../../errors.ts'
import { dangling, duplicate, unavailable } from '../dialect.ts'

export function translateError(error: unknown): unknown {
  const code = thrown(error).errcode
  if (code === undefined) return error
  if (code === 2067 || code === 1555) return duplicate(indexOf(thrown(error).message), error)
  if (code === 787) return dangling(error)
  // BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN: not caused by the client; a retry may succeed.
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
