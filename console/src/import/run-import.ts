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
/** What the service says of the file; the samples on a dry run only. */
export type Preview = {
  format: string
  columns: Record<string, string>
  samples?: {
    row: number
    username?: string
    email?: string
    first_name?: string | null
    last_name?: string | null
    roles?: string[]
    password: 'hash' | 'plain' | 'none'
  }[]
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
  /** Of the first part of the file. */
  preview: Preview | null
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
  preview: null,
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
      const { results, preview } = await send(part.content, { mode, dry_run: dryRun })
      report.preview ??= preview
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

type Answer = { results: RowResult[]; preview: Preview | null }

async function send(body: Blob, query: { mode: string; dry_run: boolean }): Promise<Answer> {
  const headers = { 'content-type': body.type, accept: 'application/x-ndjson' }
  const response = await request('POST', '/users/import', { query, body, headers })
  const lines = (await response.text()).split('\n').filter(Boolean)
  const read = lines.map((line) => JSON.parse(line) as RowResult | { summary: Preview })
  return {
    results: read.filter((each) => 'result' in each),
    preview: read.find((each) => 'summary' in each)?.summary ?? null,
  }
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
