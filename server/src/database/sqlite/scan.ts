/**
 * A reader in a thread of its own, so that a search over a million rows does not hold up other requests. The
 * thread starts with the first query; queries run one after the other.
 */
import type { Worker } from 'node:worker_threads'
import type { DatabaseConnection, Driver, QueryResult } from 'kysely'
import { AppError } from '../../errors.ts'
import { startThread } from '../../runtime/own-files.ts'
import { unavailable } from '../dialect.ts'
import { readOnlyDriver } from '../read-only-driver.ts'
import { type TraceStatement, tracedConnection } from '../traced.ts'
import { sqliteDialect } from './dialect.ts'
import { type Answer, resultOf } from './statements.ts'

export type ScanRequest = { id: number; sql: string; parameters: readonly unknown[] }
export type ScanReply =
  | { id: number; answer: Answer }
  | { id: number; error: { message: string; errcode: number | undefined } }

const waitingLimit = 200

type Waiting = { resolve(answer: Answer): void; reject(error: unknown): void }

export function scanThread(file: string, trace?: TraceStatement): { driver: Driver; close(): Promise<void> } {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let lastId = 0

  const failAll = (error: unknown) => {
    for (const { reject } of waiting.values()) reject(unavailable(error))
    waiting.clear()
    worker = undefined
  }
  const start = () => {
    const started = startThread('database/sqlite/scan-worker.ts', { workerData: { file } })
    started.on('message', (reply: ScanReply) => {
      const entry = waiting.get(reply.id)
      waiting.delete(reply.id)
      if (waiting.size === 0) started.unref()
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
  return {
    driver: readOnlyDriver(tracedConnection(connection, trace)),
    async close() {
      const running = worker
      worker = undefined
      running?.removeAllListeners('exit')
      await running?.terminate()
    },
  }
}

/** Errors lose their fields on the way between threads. */
function revived({ message, errcode }: { message: string; errcode: number | undefined }): unknown {
  return sqliteDialect.translate(Object.assign(new Error(message), { errcode }))
}
