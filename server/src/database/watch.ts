/**
 * Checks whether the database works for requests: a read with a prepared statement, and a write. Reports when it is lost
 * and when it is back.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs, now } from '../clock.ts'
import { AppError, isAppError, thrown } from '../errors.ts'
import type { Database } from './database.ts'
import { createDriftAlarms } from './drift.ts'
import { explain } from './explain.ts'

type Fields = Record<string, unknown>
type Log = Record<'info' | 'warn' | 'error', (fields: Fields, message: string) => void>

export type Watch = ReturnType<typeof watchDatabase>

const lookMs = 5000
/** How long a successful check is reused. */
const freshMs = 500
const patienceMs = 300
const tendMs = 60_000
/** How long another process may hold the lock of SQLite before this is a fault. */
const lockedMs = 10_000

/**
 * Writes a row and reads it twice, so that the second read uses the statement that the first one prepared.
 * @throws the errors of the database
 */
export async function exercise({ read, transaction }: Database): Promise<void> {
  const row = { name: 'write', at: now() }
  await transaction(
    async (tx) => {
      await tx
        .insertInto('probes')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ at: row.at }))
        .execute()
    },
    { volatile: true },
  )
  for (let turn = 0; turn < 2; turn += 1)
    await read.selectFrom('probes').select('at').where('name', '=', row.name).executeTakeFirst()
}

/** Thrown to end a transaction without its commit. */
const takenBack = Symbol('rolled back')

/** The same as `exercise`, but rolls back the write. @throws the errors of the database */
export async function tryWriting({ read, transaction }: Database): Promise<void> {
  await transaction(async (tx) => {
    await tx.deleteFrom('probes').execute()
    await tx.insertInto('probes').values({ name: 'write', at: now() }).execute()
    throw takenBack
  }).catch((error: unknown) => {
    if (error !== takenBack) throw error
  })
  await read.selectFrom('probes').select('at').execute()
}

export function watchDatabase(database: Database, log: Log) {
  let running: Promise<void> | undefined
  let fineAtMs = -Infinity
  let isLost = false
  const drift = createDriftAlarms(database, log)
  let lockedSinceMs: number | undefined
  let tendedAtMs = monotonicMs()
  let timer: NodeJS.Timeout | undefined

  /** @throws the error that a request would get */
  const check = async (): Promise<void> => {
    const replaced = database.replacedFile()
    if (replaced) throw new AppError('dependency_unavailable', { detail: replaced })
    try {
      await exercise(database)
      const fault = database.recentFault()
      if (fault !== undefined) throw fault
      lockedSinceMs = undefined
    } catch (error) {
      // The database was too busy with requests.
      if (isAppError(error) && error.code === 'overloaded') return
      if (!explain(error)?.locked) throw error
      lockedSinceMs ??= monotonicMs()
      if (monotonicMs() - lockedSinceMs > lockedMs) throw error
    }
  }

  const lose = (error: unknown) => {
    const reason = reasonOf(error)
    if (!isLost) log.error({ event: 'db.lost', reason }, `database lost: ${reason}`)
    isLost = true
  }
  const find = () => {
    fineAtMs = monotonicMs()
    if (isLost) log.info({ event: 'db.back' }, 'database back')
    isLost = false
  }
  const checked = (): Promise<void> => {
    if (monotonicMs() - fineAtMs < freshMs) return Promise.resolve()
    running ??= check()
      .then(find, (error) => {
        lose(error)
        throw new AppError('dependency_unavailable', { detail: publicReason(error), cause: error })
      })
      .finally(() => {
        running = undefined
      })
    return running
  }

  /** While the last successful check is recent, the result does not wait for a check that waits for the lock of SQLite. */
  const soonChecked = (): Promise<void> => {
    const result = checked()
    result.catch(() => {})
    const patience = sleep(patienceMs).then(() => (monotonicMs() - fineAtMs < lockedMs ? undefined : result))
    return Promise.race([result, patience])
  }

  const look = async (): Promise<void> => {
    await checked().catch(() => {})
    if (monotonicMs() - tendedAtMs >= tendMs) {
      tendedAtMs = monotonicMs()
      await database
        .tend()
        .catch((error) =>
          log.warn({ event: 'db.not_tended', reason: reasonOf(error) }, 'the database could not be tended'),
        )
    }
    drift.compare()
  }
  const schedule = () => {
    timer = setTimeout(() => look().then(schedule), lookMs).unref()
  }

  return {
    /** @throws dependency_unavailable with the reason, when requests would fail */
    async ready(): Promise<void> {
      await (database.dialect.name === 'sqlite' ? soonChecked() : checked())
      drift.refuseSkew()
    },
    isLost: () => isLost,
    /** Call it after the migration. */
    start(): void {
      fineAtMs = monotonicMs() - freshMs
      drift.compareClocks()
      schedule()
    },
    async stop(): Promise<void> {
      clearTimeout(timer)
      await running?.catch(() => {})
    },
  }
}

function reasonOf(error: unknown): string {
  return explain(error)?.reason ?? (isAppError(error) ? error.detail : thrown(error).message)
}

/** The reason for public answers, without addresses and messages of the database. */
function publicReason(error: unknown): string {
  const explanation = explain(error)
  if (!explanation) return isAppError(error) ? error.detail : 'The database does not answer.'
  return explanation.isPublic
    ? `The database does not work: ${explanation.reason}.`
    : 'The database does not answer.'
}
