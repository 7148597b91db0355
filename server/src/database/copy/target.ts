/** Whether a database may take a copy, and the mark that keeps the service from an unfinished one. */
import { sql } from 'kysely'
import { ConfigError } from '../../config.ts'
import type { Database } from '../database.ts'
import { copyMark, isUnused, markCopy, migrate } from '../migrate.ts'

/**
 * Marks the target and brings it up to date. The mark is there from the first row to the last.
 * @throws ConfigError when it has users of its own
 */
export async function openTarget(to: Database, name: string): Promise<void> {
  if (!(await isUnused(to)) && !(await isMarked(to)) && (await isInUse(to)))
    throw new ConfigError(`${name} is not empty; name a new database, or delete this one first`)
  await markCopy(to)
  await migrate(to, { isCopy: true })
}

/** The copy is whole: the service may start. */
export async function closeTarget(to: Database): Promise<void> {
  await to.transaction((tx) => tx.deleteFrom('schema_migrations').where('name', '=', copyMark).execute())
}

async function isMarked({ read }: Database): Promise<boolean> {
  const row = await read
    .selectFrom('schema_migrations')
    .select('name')
    .where('name', '=', copyMark)
    .executeTakeFirst()
  return row !== undefined
}

/** A database that was only migrated may take a copy. */
async function isInUse({ read }: Database): Promise<boolean> {
  for (const table of ['users', 'audit_events'] as const)
    if ((await sql`select 1 from ${sql.table(table)} limit 1`.execute(read)).rows.length > 0) return true
  return false
}
