/**
 * Replaces a SQLite database by a backup. Credentials that were revoked after the backup would be valid again, so it ends
 * all of them.
 */

import { chmodSync, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { now } from '../../clock.ts'
import { ConfigError } from '../../config.ts'
import { thrown } from '../../errors.ts'

export type Restored = {
  /** The number of ended sessions. */
  sessions: number
  /** The API keys that were revoked. */
  apiKeys: { id: string; name: string }[]
  /** The machine applications with permissions of Roster whose secrets were deleted. */
  machines: { id: string; name: string }[]
  /** The number of unfinished jobs that were cancelled. */
  jobs: number
  /** The new path of the previous database; null when there was none. */
  before: string | null
}

/**
 * Keeps the previous database in the same folder. With `keepAccess` all credentials of the backup remain valid.
 * @throws ConfigError when a process has the database open, or the file is not a backup of a Roster database
 */
export function restoreSqlite(backup: string, target: string, keepAccess: boolean): Restored {
  if (existsSync(target)) refuseRunning(target)
  const arriving = `${target}.restoring`
  rmSync(arriving, { force: true })
  try {
    copyFileSync(backup, arriving)
    chmodSync(arriving, 0o600)
    const ended = prepare(arriving, backup, keepAccess)
    const before = existsSync(target) ? `${target}.before-${now().replace(/[:.]/g, '-')}` : null
    if (before !== null) renameSync(target, before)
    renameSync(arriving, target)
    return { ...ended, before }
  } finally {
    for (const leftover of [arriving, `${arriving}-wal`, `${arriving}-shm`]) rmSync(leftover, { force: true })
  }
}

/** Leaves the WAL mode. This needs exclusive access, and moves the content of the log into the file. */
function refuseRunning(target: string): void {
  const db = new DatabaseSync(target, { timeout: 0 })
  try {
    db.exec('pragma journal_mode = delete')
  } catch (error) {
    throw new ConfigError(`${target} is in use (${thrown(error).message}); stop the service first`)
  } finally {
    db.close()
  }
}

function prepare(file: string, backup: string, keepAccess: boolean): Omit<Restored, 'before'> {
  const db = new DatabaseSync(file)
  try {
    const found = db.prepare('pragma integrity_check(1)').get()?.['integrity_check']
    if (found !== 'ok') throw new Error(String(found))
    db.prepare('select name from schema_migrations').all()
    leaveFeed(db)
    const jobs = cancelJobs(db)
    return { jobs, ...(keepAccess ? { sessions: 0, apiKeys: [], machines: [] } : endAccess(db)) }
  } catch (error) {
    throw new ConfigError(`${backup} is not a sound backup of a Roster database (${thrown(error).message})`)
  } finally {
    db.close()
  }
}

/**
 * Readers of the event feed may have positions from after the backup, and new events would get these positions again. So
 * the feed continues at a much higher position, and readers must read all users again.
 */
function leaveFeed(db: DatabaseSync): void {
  if (columnsOf(db, 'event_feed').size > 0)
    db.exec('update event_feed set position = position + 1000000000, deleted_through = position + 1000000000')
}

/**
 * An unfinished job would change users again, although it may have been finished or cancelled since the backup. As at
 * every end of a job, the address and the program of its caller go.
 */
function cancelJobs(db: DatabaseSync): number {
  if (columnsOf(db, 'bulk_jobs').size === 0) return 0
  const { changes } = db
    .prepare(
      `update bulk_jobs set state = 'cancelled', finished_at = ?, leased_by = null, leased_until = null,
        caller = json_set(caller, '$.address', null, '$.userAgent', null) where finished_at is null`,
    )
    .run(now())
  return Number(changes)
}

/** Tables of credentials that may have been revoked, used or ended since the backup. */
const spent = [
  'one_time_tokens',
  'sign_in_challenges',
  'email_sign_ins',
  'trusted_browsers',
  'provider_attempts',
  'oauth_records',
  'idempotency_keys',
]

/** The names of the columns; none if a backup of an earlier version does not have the table. */
function columnsOf(db: DatabaseSync, table: string): Set<string> {
  const found = db.prepare('select name from pragma_table_info(?)').all(table)
  return new Set(found.map(({ name }) => String(name)))
}

/** The secret of a machine gives access like an API key. */
function endMachines(db: DatabaseSync): { id: string; name: string }[] {
  if (!columnsOf(db, 'applications').has('permissions')) return []
  const machines = db
    .prepare(
      `select id, name from applications where permissions <> '[]' and id in (select application_id from application_secrets)`,
    )
    .all()
  const remove = db.prepare('delete from application_secrets where application_id = ?')
  for (const { id } of machines) remove.run(String(id))
  return machines.map(({ id, name }) => ({ id: String(id), name: String(name) }))
}

function endAccess(db: DatabaseSync): Omit<Restored, 'before' | 'jobs'> {
  const at = now()
  db.exec('begin immediate')
  const { changes } = db
    .prepare(`update sessions set ended_at = ?, end_reason = 'revoked' where ended_at is null`)
    .run(at)
  const apiKeys = db
    .prepare('update api_keys set revoked_at = ? where revoked_at is null returning id, name')
    .all(at)
    .map(({ id, name }) => ({ id: String(id), name: String(name) }))
  const machines = endMachines(db)
  for (const table of spent) if (columnsOf(db, table).size > 0) db.exec(`delete from ${table}`)
  db.exec('commit')
  return { sessions: Number(changes), apiKeys, machines }
}
