import { DatabaseSync } from 'node:sqlite'
import { ConfigError } from '../../config.ts'
import { thrown } from '../../errors.ts'
import type { Reader } from '../dialect.ts'
import { readerOn } from './sqlite.ts'

/**
 * The current state, on a separate connection. With `hold` it keeps the write lock, so that no other process writes until
 * it is closed.
 * @throws ConfigError when another process does not release the lock
 */
export function openSqliteSnapshot(file: string, hold: boolean): { reader: Reader; close(): void } {
  const db = new DatabaseSync(file, { timeout: 5000, readOnly: !hold })
  try {
    db.exec(hold ? 'begin immediate' : 'begin; select 1 from schema_migrations')
  } catch (error) {
    db.close()
    throw new ConfigError(`${file} cannot be read as a whole (${thrown(error).message}); stop the service`)
  }
  return {
    reader: readerOn(db),
    close() {
      db.exec('rollback')
      db.close()
    },
  }
}
