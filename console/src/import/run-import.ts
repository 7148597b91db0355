/** Sends a file to the service, part after part, and collects what became of each row. */
import { request } from '../api/call.ts'
import { type FileKind, partsOf } from './rows.ts'

type Fault = { pointer: string; detail: string }
export type RowResult = {
  row: number
  result: 'created' | 'updated' | 'skipped' | 'failed'
  id?: string
  reason?: string
  errors?: Fault[]
  notes?: string[]
}
export type Report = {
  created: number
  updated: number
  skipped: number
  failed: number
  /** From 0 to 1. */
  progress: number
  isDone: boolean
  rejected: RowResult[]
  /** Why the import ended before the end of the file. */
  error: unknown
}
export type ImportOptions = { file: File; kind: FileKind; mode: 'create' | 'upsert'; dryRun: boolean }

export const emptyReport: Report = {
  created: 0,
  updated: 0,
  skipped: 0,
  failed: 0,
  progress: 0,
  isDone: false,
  rejected: [],
  error: null,
}

/** Runs to the end of the file, or until the signal stops it between two parts. */
export async function runImport(
  { file, kind, mode, dryRun }: ImportOptions,
  signal: AbortSignal,
  tell: (report: Report) => void,
): Promise<void> {
  let report: Report = { ...emptyReport, rejected: [] }
  let before = 0
  try {
    for await (const part of partsOf(file, kind)) {
      if (signal.aborted) break
      const results = await send(part.content, { mode, dry_run: dryRun })
      for (const result of results) {
        report[result.result] += 1
        if (result.result === 'failed') report.rejected.push({ ...result, row: before + result.row })
      }
      before += part.rows
      report = { ...report, progress: file.size === 0 ? 1 : part.end / file.size }
      tell(report)
    }
    tell({ ...report, isDone: true, progress: signal.aborted ? report.progress : 1 })
  } catch (error) {
    tell({ ...report, isDone: true, error })
  }
}

async function send(body: Blob, query: { mode: string; dry_run: boolean }): Promise<RowResult[]> {
  const headers = { 'content-type': body.type, accept: 'application/x-ndjson' }
  const response = await request('POST', '/users/import', { query, body, headers })
  const lines = (await response.text()).split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as RowResult).filter(({ result }) => result !== undefined)
}

/** The rows that were rejected, with the reason of each, as a CSV file. */
export function rejectedFile(rejected: readonly RowResult[]): Blob {
  const lines = rejected.map(({ row, reason, errors }) =>
    [String(row), reasonOf({ reason, errors })].map(quote).join(','),
  )
  return new Blob([`row,reason\n${lines.join('\n')}\n`], { type: 'text/csv' })
}

export function reasonOf({
  reason,
  errors,
}: {
  reason?: string | undefined
  errors?: Fault[] | undefined
}): string {
  const faults = (errors ?? []).map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`)
  return faults.length > 0 ? faults.join('; ') : (reason ?? '')
}

/** A text that starts like a formula is not one for a spreadsheet. */
function quote(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
