/** Checks whether a database can be the target of a copy, and marks an unfinished copy. */
import { sql } from 'kysely'
import { ConfigError } from '../../config.ts'
import type { Database } from '../database.ts'
import { copyMark, isUnused, markCopy, migrate } from '../migrate.ts'

/**
 * Marks the target as unfinished and migrates it. The mark stays until the last row.
 * @throws ConfigError when it has its own users
 */
export async function openTarget(to: Database, name: string): Promise<void> {
  if (!(await isUnused(to)) && !(await isMarked(to)) && (await isInUse(to)))
    throw new ConfigError(`${name} is not empty; name a new database, or delete this one first`)
  await markCopy(to)
  await migrate(to, { isCopy: true })
}

/** Removes the mark: the copy is complete, and the service may start. */
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

/** A database that was only migrated can be a target. */
async function isInUse({ read }: Database): Promise<boolean> {
  for (const table of ['users', 'audit_events'] as const)
    if ((await sql`select 1 from ${sql.table(table)} limit 1`.execute(read)).rows.length > 0) return true
  return false
}
