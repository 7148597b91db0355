/**
 * The last requests of each connection: changes, ignored attributes, and reasons of refusals. The records are written
 * in the background in batches, so that thousands of requests do not wait for the writes.
 */
import { outsideAttempt } from '../../../attempt.ts'
import { newId, now } from '../../../clock.ts'
import type { Database } from '../../../database/database.ts'
import { jsonText } from '../../../encoding/json-text.ts'
import { isAppError } from '../../../errors.ts'
import type { ConnectionStore, NewRequestRow } from './store.ts'

/** The record of a request, filled during its work. */
export type Report = {
  /** Attributes and members that the service does not know. */
  ignored: Set<string>
  fields: string[]
  added: number
  removed: number
  resourceId: string | null
  /** The name of the resource in the directory, if it was not created. */
  subject: string | null
}

export type Happened = {
  method: string
  path: string
  status: number
  report: Report
  error: unknown
}

/** The numbers of stored requests: of requests that change something or fail, and of requests that read. */
export const keptRequests = 100
const pauseMs = 250

export const emptyReport = (): Report => ({
  ignored: new Set(),
  fields: [],
  added: 0,
  removed: 0,
  resourceId: null,
  subject: null,
})

type Needs = { database: Database; log: { warn(fields: object, message: string): void } }

export function createRequestLog({ database, log }: Needs, store: ConnectionStore) {
  const waiting = new Map<string, NewRequestRow[]>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    const lists = [...waiting.values()]
    waiting.clear()
    if (lists.length === 0) return
    await database.transaction(
      async (tx) => {
        for (const rows of lists) {
          const { connection_id: id, is_change: isChange, at } = rows.at(-1)!
          if ((await store.findForChange(tx, id)) === undefined) continue
          await store.addRequests(tx, rows)
          await store.trimRequests(tx, id, isChange, keptRequests)
          await store.update(tx, id, { last_request_at: at })
        }
      },
      { volatile: true },
    )
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(write).catch((error) => {
      log.warn({ event: 'scim.requests_not_written', err: error }, 'SCIM requests cannot be noted now')
    })
    return writing
  }

  return {
    note(connectionId: string, happened: Happened): void {
      const row = rowOf(connectionId, happened)
      const key = `${connectionId} ${row.is_change}`
      const rows = waiting.get(key) ?? []
      rows.push(row)
      if (rows.length > keptRequests) rows.shift()
      waiting.set(key, rows)
      timer ??= outsideAttempt(() => setTimeout(flush, pauseMs).unref())
    },
    /** Writes the waiting requests. */
    flush,
  }
}

export type RequestLog = ReturnType<typeof createRequestLog>

function rowOf(connectionId: string, { method, path, status, report, error }: Happened): NewRequestRow {
  const { ignored, fields, added, removed } = report
  const isRead = method === 'GET' && status < 400
  const isDone = !isRead && status < 400
  return {
    id: newId(),
    connection_id: connectionId,
    is_change: isRead ? 0 : 1,
    at: now(),
    method,
    path,
    status,
    resource_id: report.resourceId,
    subject: isDone ? null : (report.subject?.slice(0, 200) ?? null),
    changes: isDone ? jsonText({ fields, members_added: added, members_removed: removed }) : null,
    ignored: jsonText([...ignored]),
    error: error === undefined ? null : textOf(error),
  }
}

function textOf(error: unknown): string {
  if (!isAppError(error)) return 'internal_error'
  const faults = (error.errors ?? []).map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`)
  return [error.code, faults.length > 0 ? faults.join(' ') : error.detail].join(': ').slice(0, 500)
}
