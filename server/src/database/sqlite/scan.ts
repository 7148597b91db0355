/**
 * A reader in a separate thread, so that a search over a million rows does not block other requests. The thread starts
 * with the first query; queries run one after the other. It ends after a time without queries, which frees its heap and
 * cache.
 */
import type { Worker } from 'node:worker_threads'
import type { DatabaseConnection, Driver, QueryResult } from 'kysely'
import { AppError } from '../../errors.ts'
import { startThread } from '../../runtime/own-files.ts'
import { unavailable } from '../dialect.ts'
import { readOnlyDriver } from '../read-only-driver.ts'
import { type TraceStatement, tracedConnection } from '../traced.ts'
import { type Answer, resultOf } from './statements.ts'
import { translateError } from './translate-error.ts'

export type ScanRequest = { id: number; sql: string; parameters: readonly unknown[] }
export type ScanReply =
  | { id: number; answer: Answer }
  | { id: number; error: { message: string; errcode: number | undefined } }

const waitingLimit = 200
const idleMs = 20_000
/** Limits the memory for new objects, because V8 would keep 8 MB after the first large answer. */
const resourceLimits = { maxYoungGenerationSizeMb: 4 }

type Waiting = { resolve(answer: Answer): void; reject(error: unknown): void }

type ScanThread = { connection: DatabaseConnection; driver: Driver; close(): Promise<void> }

export function scanThread(file: string, trace?: TraceStatement, endsAfterMs = idleMs): ScanThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let lastId = 0

  const failAll = (error: unknown) => {
    for (const { reject } of waiting.values()) reject(unavailable(error))
    waiting.clear()
    worker = undefined
  }
  const start = () => {
    const started = startThread('database/sqlite/scan-worker.ts', { workerData: { file }, resourceLimits })
    const idle = setTimeout(() => {
      if (waiting.size > 0 || worker !== started) return
      worker = undefined
      started.removeAllListeners('exit')
      void started.terminate()
    }, endsAfterMs).unref()
    started.on('message', (reply: ScanReply) => {
      const entry = waiting.get(reply.id)
      waiting.delete(reply.id)
      if (waiting.size === 0) {
        started.unref()
        idle.refresh()
      }
      if ('answer' in reply) entry?.resolve(reply.answer)
      else entry?.reject(revived(reply.error))
    })
    started.on('error', failAll)
    started.on('exit', () => failAll(new Error('the scan thread ended')))
    started.unref()
    return started
  }
  const connection: DatabaseConnection = {
    executeQuery<R>(query: { sql: string; parameters: readonly unknown[] }) {
      if (waiting.size >= waitingLimit)
        throw new AppError('overloaded', { detail: 'Too many searches are waiting.' })
      worker ??= start()
      worker.ref()
      lastId += 1
      const id = lastId
      worker.postMessage({ id, sql: query.sql, parameters: query.parameters } satisfies ScanRequest)
      return new Promise<QueryResult<R>>((resolve, reject) => {
        waiting.set(id, { resolve: (answer) => resolve(resultOf(answer)), reject })
      })
    },
    streamQuery() {
      throw new Error('read in pages instead')
    },
  }
  const traced = tracedConnection(connection, trace)
  return {
    connection: traced,
    driver: readOnlyDriver(traced),
    async close() {
      const running = worker
      worker = undefined
      running?.removeAllListeners('exit')
      await running?.terminate()
    },
  }
}

/** Errors lose their properties when they are sent between threads. */
function revived({ message, errcode }: { message: string; errcode: number | undefined }): unknown {
  return translateError(Object.assign(new Error(message), { errcode }))
}
