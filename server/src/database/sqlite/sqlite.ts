/** SQLite through `node:sqlite`: one writer, one reader on this thread, one reader in a separate thread. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Driver,
  Kysely,
  type Dialect as KyselyDialect,
  LimitNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  Transaction,
  ValueNode,
} from 'kysely'
import { partOfAttempt } from '../../attempt.ts'
import { monotonicMs } from '../../clock.ts'
import { ConfigError } from '../../config.ts'
import { thrown } from '../../errors.ts'
import { unwritableFolder } from '../../runtime/data-folder.ts'
import { createAfterCommit } from '../after-commit.ts'
import type { Database, Reader, Tx } from '../database.ts'
import { duplicateIndex } from '../dialect.ts'
import { readOnlyDriver } from '../read-only-driver.ts'
import { recentFaults } from '../recent-fault.ts'
import type { Tables } from '../schema/schema.ts'
import { type TraceStatement, tracedConnection } from '../traced.ts'
import { sqliteDialect } from './dialect.ts'
import { openFiles } from './files.ts'
import { lateWritesOf } from './late-writes.ts'
import { forgetMisleading, optimize } from './planner.ts'
import { scanThread } from './scan.ts'
import { searchMerges } from './search-merges.ts'
import { type RunStatement, statements } from './statements.ts'
import { createTurns } from './turns.ts'
import { transactionsOf } from './writer.ts'

/** Opens (and creates) the file; `:memory:` is a private temporary file, deleted when the database is closed. */
export function openSqlite(path: string, trace?: TraceStatement): Database {
  const temporary = path === ':memory:'
  const file = temporary ? join(mkdtempSync(join(tmpdir(), 'roster-')), 'roster.db') : path
  const writer = openWritable(file, temporary)
  forgetMisleading(writer)
  const reader = openReader(file)
  const snapshot = sharedSnapshot(reader)
  const thread = scanThread(file, trace)
  const scan = kysely(thread.driver)
  const files = openFiles(file, () => writer.isTransaction || writer.exec('pragma wal_checkpoint(passive)'))
  const faults = recentFaults()
  const afterCommit = createAfterCommit()
  const write = statements(writer)
  const turns = createTurns()
  const tx = transactionOn(tracedConnection(connectionOf(write, turns.beforeStatement), trace))
  const transactions = transactionsOf(writer, snapshot.release, lateWritesOf(tx), (rows) => merges.wake(rows))
  const merges = searchMerges(write, transactions.run)
  const run = statements(reader)
  const read = kysely(readOnlyDriver(tracedConnection(connectionOf(run, snapshot.take), trace)))
  const { translate } = sqliteDialect
  return {
    read,
    scan,
    dialect: sqliteDialect,
    prepare<R>(query: CompiledQuery<R>) {
      const { sql } = query
      const first = async (...parameters: unknown[]) => {
        snapshot.take()
        return run<R>(sql, parameters).rows[0]
      }
      // One connection writes, for one transaction at a time.
      const all = async (from: Tx | Reader, ...parameters: unknown[]) => {
        if (from === tx) {
          const waits = turns.beforeStatement()
          if (waits) await waits
          return write<R>(sql, parameters).rows
        }
        snapshot.take()
        return run<R>(sql, parameters).rows
      }
      const onThread = async (parameters: unknown[]) =>
        (await thread.connection.executeQuery<R>({ ...query, parameters })).rows
      if (trace === undefined)
        return Object.assign(first, {
          in: (from: Tx | Reader, ...parameters: unknown[]) =>
            from === scan ? onThread(parameters) : all(from, ...parameters),
        })
      return Object.assign((...parameters: unknown[]) => trace(sql, () => first(...parameters)), {
        in: (from: Tx | Reader, ...parameters: unknown[]) =>
          from === scan ? onThread(parameters) : trace(sql, () => all(from, ...parameters)),
      })
    },
    async transaction(work, { volatile } = { volatile: false }) {
      const { collected, runAll } = afterCommit.collect(work)
      const part = volatile ? null : partOfAttempt()
      const run = () => {
        turns.begin()
        return part ? part.decide(() => collected(tx)) : collected(tx)
      }
      try {
        // Writes to a temporary file never wait for the disk.
        const result = await transactions.run(run, temporary || !volatile)
        runAll()
        return result
      } catch (error) {
        part?.rolledBack()
        faults.note(error)
        throw duplicateIndex(error) === undefined ? translate(error) : error
      }
    },
    afterCommit: afterCommit.add,
    gatherForCommit: afterCommit.gather,
    async ping() {
      await sql`select 1`.execute(read)
    },
    async tend() {
      // During a transaction, the next commit does it.
      if (writer.isTransaction) return
      snapshot.release()
      // Truncated, so that no erased data stays in the log.
      writer.exec('pragma wal_checkpoint(truncate)')
    },
    mergeSearch: () => merges.mergeAll(),
    clockSkewMs: () => null,
    timeline: () => null,
    recentFault: faults.get,
    replacedFile: files.replaced,
    standbyBehindBytes: async () => 0,
    load: transactions.load,
    async close() {
      await merges.stop()
      await transactions.end()
      await thread.close()
      snapshot.release()
      reader.close()
      optimize(writer)
      writer.close()
      if (temporary) rmSync(dirname(file), { recursive: true, force: true })
    },
  }
}

/** SQLite's codes for a file that it cannot open, and for one that it cannot write. */
const unwritable: ReadonlySet<number | undefined> = new Set([8, 14])

/** @throws ConfigError naming the folder when it or the file cannot be written */
function openWritable(file: string, temporary: boolean): DatabaseSync {
  try {
    return openWriter(file, temporary)
  } catch (error) {
    const { code, errcode, errstr } = thrown(error)
    if (isLocked(error))
      throw new ConfigError(
        `${file} is locked by another process; end that process, or wait until it is done`,
      )
    if (unwritable.has(errcode)) throw unwritableFolder(dirname(file), errstr)
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') throw unwritableFolder(dirname(file), code)
    throw error
  }
}

function openWriter(file: string, temporary: boolean): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = !existsSync(file)
  const db = new DatabaseSync(file, { timeout: 0 })
  if (fresh) chmodSync(file, 0o600)
  if (!fresh && statSync(file).size < checkedBytes) refuseDamaged(db, file)
  db.exec(`pragma journal_mode = wal; pragma synchronous = ${temporary ? 'off' : 'full'}; pragma foreign_keys = on;
    pragma trusted_schema = off; pragma secure_delete = on; pragma cache_size = -8192; pragma temp_store = memory;
    pragma wal_autocheckpoint = 8000; pragma journal_size_limit = 67108864`)
  return db
}

/** Another process has locked the file: BUSY and LOCKED of SQLite. */
function isLocked(error: unknown): boolean {
  return [5, 6].includes((thrown(error).errcode ?? 0) & 0xff)
}

/** Files up to this size are checked at every start; `roster doctor` checks larger ones. */
const checkedBytes = 64 * 1024 * 1024

/** @throws when the file is damaged, so that the service never gives wrong answers */
function refuseDamaged(db: DatabaseSync, file: string): void {
  let found: unknown
  try {
    found = db.prepare('pragma quick_check(1)').get()?.['quick_check']
  } catch (error) {
    if (isLocked(error)) throw error
    found = thrown(error).message
  }
  if (found !== 'ok') throw new ConfigError(`${file} is damaged (${found}); restore a backup`)
}

function openReader(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 100, readOnly: true })
  db.exec('pragma trusted_schema = off; pragma cache_size = -8192; pragma query_only = on')
  return db
}

/** Statements run synchronously, so those of different requests never interleave, and one connection is enough. */
function connectionOf(
  run: RunStatement,
  before: () => Promise<void> | undefined | void = () => {},
): DatabaseConnection {
  return {
    async executeQuery(query) {
      const waits = before()
      if (waits) await waits
      return run(query.sql, query.parameters)
    },
    streamQuery() {
      throw new Error('read in pages instead')
    },
  }
}

type Snapshot = { take(): void; release(): void }

/** A read may miss writes that another process made within this time before the read. */
export const snapshotMs = 5

/**
 * Concurrent reads share one read transaction, because its locks cost more than reading a row. A commit of this process
 * ends it, so that the next read sees the write.
 */
function sharedSnapshot(db: DatabaseSync): Snapshot {
  const begin = db.prepare('begin')
  const commit = db.prepare('commit')
  let takenMs: number | undefined
  const release = () => {
    if (takenMs === undefined) return
    takenMs = undefined
    commit.run()
  }
  return {
    take() {
      const now = monotonicMs()
      if (takenMs !== undefined && now - takenMs < snapshotMs) return
      if (takenMs === undefined) setTimeout(release, snapshotMs).unref()
      release()
      begin.run()
      takenMs = now
    },
    release,
  }
}

function dialectOf(driver: Driver): KyselyDialect {
  return {
    createDriver: () => driver,
    // Otherwise Kysely adds a queue without limits before our own queues, which are limited in length and time.
    createAdapter: () =>
      Object.defineProperty(new SqliteAdapter(), 'supportsMultipleConnections', { value: true }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new CompilerWithLiteralLimits(),
  }
}

/** Writes limits into the text, because SQLite plans a statement at each use if one of them is a parameter. */
class CompilerWithLiteralLimits extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const { limit } = node
    super.visitLimit(ValueNode.is(limit) ? LimitNode.create(ValueNode.createImmediate(limit.value)) : node)
  }
}

function kysely(driver: Driver): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: dialectOf(driver) })
}

/** Builds and runs reading statements on a connection that the caller opens and closes. */
export function readerOn(db: DatabaseSync): Kysely<Tables> {
  return kysely(readOnlyDriver(connectionOf(statements(db))))
}

/** Builds and runs statements on the writing connection. Call it inside `transact`. */
function transactionOn(connection: DatabaseConnection): Tx {
  const driver = readOnlyDriver(connection)
  const dialect = dialectOf(driver)
  const executor = new DefaultQueryExecutor(dialect.createQueryCompiler(), dialect.createAdapter(), {
    provideConnection: (use) => use(connection),
  })
  return new Transaction<Tables>({ config: { dialect }, dialect, driver, executor })
}
