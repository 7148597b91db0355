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
    return keepAccess ? { sessions: 0, apiKeys: [] } : endAccess(db)
  } catch (error) {
    throw new ConfigError(`${backup} is not a sound backup of a Roster database (${thrown(error).message})`)
  } finally {
    db.close()
  }
}

/**
 * Readers of the event feed may have positions from after the backup, which would be used again. So the feed continues at
 * a much higher position, and readers must read all users again.
 */
function leaveFeed(db: DatabaseSync): void {
  const isTable = db.prepare(`select 1 from sqlite_master where type = 'table' and name = 'event_feed'`)
  if (isTable.get())
    db.exec('update event_feed set position = position + 1000000000, deleted_through = position + 1000000000')
}

/** Tables of credentials that may have been revoked, used or ended since the backup. */
const spent = ['one_time_tokens', 'sign_in_challenges', 'oauth_records', 'idempotency_keys']

function endAccess(db: DatabaseSync): Omit<Restored, 'before'> {
  const at = now()
  db.exec('begin immediate')
  const { changes } = db
    .prepare(`update sessions set ended_at = ?, end_reason = 'revoked' where ended_at is null`)
    .run(at)
  const apiKeys = db
    .prepare('update api_keys set revoked_at = ? where revoked_at is null returning id, name')
    .all(at)
    .map(({ id, name }) => ({ id: String(id), name: String(name) }))
  const isTable = db.prepare(`select 1 from sqlite_master where type = 'table' and name = ?`)
  // A backup of an earlier version does not have all of these tables.
  for (const table of spent) if (isTable.get(table)) db.exec(`delete from ${table}`)
  db.exec('commit')
  return { sessions: Number(changes), apiKeys }
}
