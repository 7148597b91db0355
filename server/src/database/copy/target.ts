/** Whether a database may take a copy, and the mark that keeps the service from an unfinished one. */
import { sql } from 'kysely'
import { now } from '../../clock.ts'
import { ConfigError } from '../../config.ts'
import type { Database } from '../database.ts'
import { copyMark, isUnused, migrate } from '../migrate.ts'

/**
 * Brings the target up to date and marks it.
 * @throws ConfigError when it has users of its own
 */
export async function openTarget(to: Database, name: string): Promise<void> {
  if (!(await isUnused(to)) && !(await isMarked(to)) && (await isInUse(to)))
    throw new ConfigError(`${name} is not empty; name a new database, or delete this one first`)
  await setMark(to, false)
  await migrate(to)
  await setMark(to, true)
}

/** The copy is whole: the service may start. */
export const closeTarget = (to: Database) => setMark(to, false)

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

async function setMark(to: Database, isSet: boolean): Promise<void> {
  if (!isSet && (await isUnused(to))) return
  await to.transaction(async (tx) => {
    if (isSet)
      await tx.insertInto('schema_migrations').values({ name: copyMark, applied_at: now() }).execute()
    else await tx.deleteFrom('schema_migrations').where('name', '=', copyMark).execute()
  })
}
