/** An empty database for one run, on either engine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../server/test/postgres-server.ts'
import { secretKey } from './load.ts'

export type EmptyDatabase = {
  /** Of a service on it. */
  settings: { DATABASE_URL: string; ROSTER_SECRET_KEY: string; ROSTER_LOG_LEVEL: string }
  /** The process of PostgreSQL; undefined on SQLite. */
  postmaster: number | undefined
  remove(): Promise<void>
}

export async function emptyDatabase(onPostgres: boolean): Promise<EmptyDatabase> {
  const work = mkdtempSync(join(tmpdir(), 'roster-bench-'))
  const postgres = onPostgres ? await startPostgres() : undefined
  return {
    settings: {
      DATABASE_URL: postgres?.url ?? `sqlite:${join(work, 'roster.db')}`,
      ROSTER_SECRET_KEY: secretKey,
      ROSTER_LOG_LEVEL: 'warn',
    },
    postmaster: postgres?.process.pid,
    async remove() {
      await postgres?.stop()
      rmSync(work, { recursive: true, force: true })
    },
  }
}
