/** Reads one consistent state of a database. Others can read during this time and, without `hold`, also write. */

import { sql } from 'kysely'
import { ConfigError } from '../../config.ts'
import { thrown } from '../../errors.ts'
import type { Reader } from '../dialect.ts'
import { type DatabaseOptions, openDatabase } from '../open.ts'
import { openSqliteSnapshot } from '../sqlite/snapshot.ts'

/**
 * Runs `work` on the current state. With `hold` the database accepts no writes until `work` ends.
 * @throws ConfigError when other writers do not stop
 */
export async function withSnapshot<T>(
  options: DatabaseOptions,
  hold: boolean,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  if (options.url.startsWith('sqlite:')) {
    const { reader, close } = openSqliteSnapshot(options.url.slice('sqlite:'.length), hold)
    return work(reader).finally(close)
  }
  const database = openDatabase({ ...options, poolSize: 1 })
  const transaction = database.read.transaction().setIsolationLevel('repeatable read')
  return transaction
    .execute(async (tx) => {
      await sql`set local statement_timeout = 0`.execute(tx)
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
      if (hold) await holdWriters(tx)
      return work(tx)
    })
    .finally(() => database.close())
}

/** The transaction takes its snapshot after the last lock, so it sees all earlier commits. */
async function holdWriters(tx: Reader): Promise<void> {
  await sql`set local lock_timeout = '4s'`.execute(tx)
  try {
    await sql`do $$ declare list text; begin
      select string_agg(format('%I', relname), ', ' order by relname) into list from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace;
      execute 'lock table ' || list || ' in share mode'; end $$`.execute(tx)
  } catch (error) {
    throw new ConfigError(
      `others write to the PostgreSQL database (${thrown(error).message}); stop the service first`,
    )
  }
}
