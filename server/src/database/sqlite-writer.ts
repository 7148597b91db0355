/** The only connection that writes: transactions queue in JavaScript and never hold the event loop waiting for a lock. */
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { CompiledQuery, type DatabaseConnection, type Driver } from 'kysely'
import { jitter, monotonicMs } from '../clock.ts'
import { AppError } from '../errors.ts'
import { unavailable } from './dialect.ts'
import { statements } from './sqlite-statements.ts'

const queueLimit = 200
/** How long another process may hold the write lock before we give up, counted from when the writer queued. */
const lockWaitMs = 2000

/** `durable` commits to the disk, which is how the connection is set; `volatile` leaves that to the next of those. */
export function writerDrivers(db: DatabaseSync, onCommit: () => void): { durable: Driver; volatile: Driver } {
  const run = statements(db)
  const connection: DatabaseConnection = {
    async executeQuery(query) {
      return run(query.sql, query.parameters)
    },
    streamQuery() {
      throw new Error('read in pages instead')
    },
  }
  const queue: (() => void)[] = []
  let busy = false
  let giveUpAtMs = 0

  const acquire = async () => {
    const askedMs = monotonicMs()
    if (busy) {
      if (queue.length >= queueLimit)
        throw new AppError('overloaded', { detail: 'Too many writes are waiting.' })
      await new Promise<void>((resolve) => queue.push(resolve))
    }
    busy = true
    giveUpAtMs = askedMs + lockWaitMs
    return connection
  }
  const release = async () => {
    const next = queue.shift()
    if (next) next()
    else busy = false
  }
  const durable: Driver = {
    init: async () => {},
    acquireConnection: acquire,
    releaseConnection: release,
    beginTransaction: () => beginImmediate(db, giveUpAtMs),
    commitTransaction: async () => {
      run('commit', [])
      onCommit()
    },
    rollbackTransaction: async () => {
      if (db.isTransaction) run('rollback', [])
    },
    savepoint: (_, name, compile) => savepoint(connection, 'savepoint', name, compile),
    rollbackToSavepoint: (_, name, compile) => savepoint(connection, 'rollback to', name, compile),
    releaseSavepoint: (_, name, compile) => savepoint(connection, 'release', name, compile),
    destroy: async () => {},
  }
  const volatile: Driver = {
    ...durable,
    async acquireConnection() {
      const acquired = await acquire()
      db.exec('pragma synchronous = normal')
      return acquired
    },
    async releaseConnection() {
      db.exec('pragma synchronous = full')
      await release()
    },
  }
  return { durable, volatile }
}

type Compile = Parameters<NonNullable<Driver['savepoint']>>[2]

async function savepoint(
  connection: DatabaseConnection,
  command: string,
  name: string,
  _: Compile,
): Promise<void> {
  if (!/^[a-z_0-9]+$/.test(name)) throw new Error(`bad savepoint name ${name}`)
  await connection.executeQuery(CompiledQuery.raw(`${command} ${name}`))
}

/** Takes the write lock at once (a deferred transaction could fail at its first write), waiting without blocking. */
async function beginImmediate(db: DatabaseSync, giveUpAtMs: number): Promise<void> {
  for (;;) {
    try {
      db.exec('begin immediate')
      return
    } catch (error) {
      if (!isBusy(error) || monotonicMs() > giveUpAtMs) throw unavailable(error)
    }
    await sleep(2 + jitter() * 20)
  }
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0
  return (code & 0xff) === 5
}
