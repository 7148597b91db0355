/** Estimates the duration of an upgrade, and upgrades at the start of the service. */
import { monotonicMs } from '../clock.ts'
import type { Log } from '../log/log.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'

export type Upgrade = {
  pending: readonly string[]
  users: number
  /** The estimated duration of the pending migrations for these users, on a machine like that of `docs/performance.md`. */
  seconds: number
}

/** The estimated duration of these migrations. */
export async function upgradeBy(database: Database, pending: readonly string[]): Promise<Upgrade> {
  const users = pending.length === 0 || pending.includes(migrations[0]!.name) ? 0 : await countUsers(database)
  const perMillion = migrations
    .filter(({ name }) => pending.includes(name))
    .reduce((sum, { secondsPerMillion = 0 }) => sum + secondsPerMillion, 0)
  return { pending, users, seconds: Math.ceil((perMillion * users) / 1_000_000) }
}

/** Counts the users, because an earlier version may not have the counters. */
async function countUsers({ read }: Database): Promise<number> {
  const { users } = await read
    .selectFrom('users')
    .select(({ fn }) => fn.countAll().as('users'))
    .executeTakeFirstOrThrow()
  return Number(users)
}

/** Migrates the database of the service, with log lines if there are users. */
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
