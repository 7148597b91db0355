/** The thread of `scan.ts`: runs received statements on a read-only connection. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { thrown } from '../../errors.ts'
import type { ScanReply, ScanRequest } from './scan.ts'
import { unnamedStatements } from './statements.ts'

const { file }: { file: string } = workerData
const db = new DatabaseSync(file, { timeout: 1000, readOnly: true })
db.exec(
  'pragma trusted_schema = off; pragma cache_size = -8192; pragma query_only = on; pragma mmap_size = 268435456',
)
const run = unnamedStatements(db)

parentPort!.on('message', ({ id, sql, parameters }: ScanRequest) => {
  parentPort!.postMessage(answer(id, sql, parameters))
})

function answer(id: number, sql: string, parameters: readonly unknown[]): ScanReply {
  try {
    return { id, answer: run(sql, parameters) }
  } catch (error) {
    const { message, errcode } = thrown(error)
    return { id, error: { message, errcode } }
  }
}
