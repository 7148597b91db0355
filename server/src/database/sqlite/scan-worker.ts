/** The thread of `scan.ts`: runs received statements on a read-only connection. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { thrown } from '../../errors.ts'
import { collectEvery } from '../../runtime/collecting.ts'
import type { ScanReply, ScanRequest } from './scan.ts'
import { type Answer, unnamedStatements } from './statements.ts'

const { file }: { file: string } = workerData
const db = new DatabaseSync(file, { timeout: 1000, readOnly: true })
db.exec(
  'pragma trusted_schema = off; pragma cache_size = -8192; pragma query_only = on; pragma mmap_size = 268435456',
)
const run = unnamedStatements(db)
if (!parentPort) throw new Error('scan-worker.ts runs in a worker thread')
const port = parentPort
/** Without these collections, the texts of long answers would take 20 MiB before V8 collects them. */
const countText = collectEvery(4 * 1024 * 1024)

port.on('message', ({ id, sql, parameters }: ScanRequest) => {
  const reply = answer(id, sql, parameters)
  port.postMessage(reply, 'answer' in reply ? buffersOf(reply.answer) : [])
  if ('answer' in reply) countText(lengthOf(reply.answer))
})

/** The bytes of an answer with one row are moved to the other thread; those of other answers are copied. */
function buffersOf(answer: Answer): ArrayBuffer[] {
  const [row, ...others] = 'changes' in answer ? [] : answer.values
  if (!row || others.length > 0) return []
  return row.filter((value) => value instanceof Uint8Array).map(({ buffer }) => buffer as ArrayBuffer)
}

function lengthOf(answer: Answer): number {
  let length = 0
  if ('values' in answer)
    for (const row of answer.values)
      for (const value of row) if (typeof value === 'string') length += value.length
  return length
}

function answer(id: number, sql: string, parameters: readonly unknown[]): ScanReply {
  try {
    return { id, answer: run(sql, parameters) }
  } catch (error) {
    const { message, errcode } = thrown(error)
    return { id, error: { message, errcode } }
  }
}
