/** What an upgrade takes, and the upgrade at the start of the service. */
import { monotonicMs } from '../clock.ts'
import type { Log } from '../log/log.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'

export type Upgrade = {
  pending: readonly string[]
  users: number
  /** What the pending migrations take with these users, on a machine like that of `docs/performance.md`. */
  seconds: number
}

/** What an upgrade by these migrations takes. */
export async function upgradeBy(database: Database, pending: readonly string[]): Promise<Upgrade> {
  const users = pending.length === 0 || pending.includes(migrations[0]!.name) ? 0 : await countUsers(database)
  const perMillion = migrations
    .filter(({ name }) => pending.includes(name))
    .reduce((sum, { secondsPerMillion = 0 }) => sum + secondsPerMillion, 0)
  return { pending, users, seconds: Math.ceil((perMillion * users) / 1_000_000) }
}

/** Every user is counted: this is for a version that may lack the counters. */
async function countUsers({ read }: Database): Promise<number> {
  const { users } = await read
    .selectFrom('users')
    .select(({ fn }) => fn.countAll().as('users'))
    .executeTakeFirstOrThrow()
  return Number(users)
}

/** Brings the database of the service up to date; the log says so where there are users. */
export async function upgrade(database: Database, log: Log): Promise<void> {
  const startMs = monotonicMs()
  let isLogged = false
  await migrate(database, {
    async begin(pending) {
      const { users, seconds } = await upgradeBy(database, pending)
      isLogged = users > 0
      if (isLogged)
        log.info(
          { event: 'database.upgrading', migrations: pending, users, about_seconds: seconds },
          'upgrading the database',
        )
    },
    report(migration, seconds) {
      if (isLogged) log.info({ event: 'database.migrated', migration, seconds }, 'migrated')
    },
  })
  if (isLogged)
    log.info(
      { event: 'database.upgraded', seconds: (monotonicMs() - startMs) / 1000 },
      'the database is upgraded',
    )
}
