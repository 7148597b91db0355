/** Sends a file to the service in parts, and collects the result of each row. */
import { request } from '../api/call.ts'
import { textOr } from '../text/text.ts'
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
/** The data of the service about the file; samples only in a dry run. */
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
    /** The roles of the file that the user would not get. */
    other_roles?: string[]
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
  /** Why rows are skipped, and what else differs from the file, with the number of rows. */
  skips: ReadonlyMap<string, number>
  notes: ReadonlyMap<string, number>
  /** The notes of the rows in the preview. */
  rowNotes: ReadonlyMap<number, readonly string[]>
  /** Of the first part of the file. */
  preview: Preview | null
  /** The reason if the import ended before the end of the file. */
  error: unknown
}
export type ImportOptions = {
  file: File
  kind: FileKind
  mode: 'create' | 'upsert'
  /** The name of the format; the service recognises it if there is none. */
  format?: string | undefined
  /** The fields of columns, as the parameter `map`. */
  map?: string | undefined
  dryRun: boolean
}

/** The number of rows that had a result. */
export const rowsIn = ({ created, updated, skipped, failed }: Report): number =>
  created + updated + skipped + failed

export const emptyReport: Report = {
  created: 0,
  updated: 0,
  skipped: 0,
  failed: 0,
  progress: 0,
  isDone: false,
  rejected: [],
  skips: new Map(),
  notes: new Map(),
  rowNotes: new Map(),
  preview: null,
  error: null,
}

/** Runs to the end of the file, or until the signal stops it between two parts. */
export async function runImport(
  { file, kind, mode, format, map, dryRun }: ImportOptions,
  signal: AbortSignal,
  tell: (report: Report) => void,
): Promise<void> {
  const skips = new Map<string, number>()
  const notes = new Map<string, number>()
  const rowNotes = new Map<number, readonly string[]>()
  let report: Report = { ...emptyReport, rejected: [], skips, notes, rowNotes }
  let before = 0
  try {
    for await (const part of partsOf(file, kind)) {
      if (signal.aborted) break
      const { results, preview } = await send(part.content, { mode, dry_run: dryRun, from: format, map })
      report.preview ??= preview
      for (const result of results) {
        report[result.result] += 1
        if (result.result === 'skipped') addTo(skips, result.reason ?? '')
        for (const note of result.notes ?? []) addTo(notes, note)
        if (before === 0 && result.notes && preview?.samples?.some(({ row }) => row === result.row))
          rowNotes.set(result.row, result.notes)
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

/** The maximum number of distinct texts. */
const maxTexts = 200

/** Counts a text. What is beyond the maximum is counted as the text of an ellipsis. */
function addTo(counts: Map<string, number>, text: string): void {
  const key = counts.has(text) || counts.size < maxTexts ? text : '…'
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

type Answer = { results: RowResult[]; preview: Preview | null }

async function send(
  body: Blob,
  query: { mode: string; dry_run: boolean; from: string | undefined; map: string | undefined },
): Promise<Answer> {
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

/** A text of the service about a row, in the language of the user if there is a translation. */
export const noteText = (text: string): string => textOr(`import.reason.${text}`, text)

/** Prevents that spreadsheets read a text as a formula. */
function quote(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
