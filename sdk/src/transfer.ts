/** Import and export as streams. */
import type { Query } from './call.ts'
import { type Fault, RosterError } from './errors.ts'
import type { CallOptions, Transport } from './transport.ts'

/** The result of one row. */
export type ImportResult = {
  row: number
  result: 'created' | 'updated' | 'skipped' | 'failed'
  id?: string
  reason?: string
  errors?: Fault[]
  notes?: string[]
}
export type ImportCounts = {
  created: number
  updated: number
  skipped: number
  failed: number
  dry_run: boolean
}
export type ImportSummary = ImportCounts & {
  /** The format that the service recognised. */
  format: string
  /** The field for each column or member of the records. */
  columns: Record<string, string>
}

/** The input of an import: a file of a form, bytes, text, or a stream. */
export type ImportSource = Blob | Uint8Array | string | ReadableStream<Uint8Array>

export type ImportOptions = CallOptions &
  Query<'importUsers'> & {
    /**
     * With `file` the service recognises the format. The default is `csv` for the type `text/csv` or a name that ends
     * with `.csv`, `file` for a file with another name, else `ndjson`.
     */
    format?: keyof typeof types
    /** Called for each row, in order. */
    onResult?: (result: ImportResult) => void
    /** Called with the counts so far, for each chunk of the answer. */
    onProgress?: (progress: ImportCounts & { rows: number }) => void
  }

export type ExportOptions = CallOptions & {
  format?: 'ndjson' | 'csv'
  /** Called with the number of received bytes. */
  onProgress?: (progress: { bytes: number }) => void
}

const types = { ndjson: 'application/x-ndjson', csv: 'text/csv', file: 'application/octet-stream' } as const

export async function importUsers(
  transport: Transport,
  source: ImportSource,
  { format, onResult, onProgress, signal, headers, ...query }: ImportOptions = {},
): Promise<ImportSummary> {
  const response = await transport.send({
    method: 'POST',
    path: '/users/import',
    query,
    body: (await sendable(source)) as BodyInit,
    headers: {
      'content-type': types[format ?? formatOf(source)],
      accept: `${types.ndjson}, application/problem+json`,
      ...headers,
    },
    signal,
    limited: false,
    retry: false,
  })
  const counts: ImportCounts & { rows: number } = {
    created: 0,
    updated: 0,
    skipped: 0,
    failed: 0,
    dry_run: query.dry_run ?? false,
    rows: 0,
  }
  let summary: ImportSummary | undefined
  for await (const lines of linesOf(streamOf(response))) {
    for (const line of lines) {
      const entry = JSON.parse(line) as ImportResult | { summary: ImportSummary }
      if ('summary' in entry) {
        summary = entry.summary
        continue
      }
      counts[entry.result] += 1
      counts.rows = Math.max(counts.rows, entry.row)
      onResult?.(entry)
    }
    onProgress?.({ ...counts })
  }
  if (summary === undefined) throw brokenOff('The import ended before its last row; see the results so far.')
  return summary
}

/** A running export. Read it once: as a stream, as rows, or completely. */
export type Export = {
  stream: ReadableStream<Uint8Array>
  /** The users of an export as `ndjson`. */
  rows(): AsyncGenerator<ExportedUser, void, undefined>
  blob(): Promise<Blob>
  text(): Promise<string>
  contentType: string
}
/** A user as exported; with `include: 'password_hash'` it has the hash. */
export type ExportedUser = import('./types.ts').components['schemas']['User'] & {
  password_hash?: string | null
}

export async function exportUsers(
  transport: Transport,
  query: Query<'exportUsers'> = {},
  { format = 'ndjson', onProgress, signal, headers }: ExportOptions = {},
): Promise<Export> {
  const response = await transport.send({
    method: 'GET',
    path: '/users/export',
    query,
    headers: { accept: `${types[format]}, application/problem+json;q=0.5`, ...headers },
    signal,
    limited: false,
  })
  let bytes = 0
  const stream = streamOf(response).pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        onProgress?.({ bytes })
        controller.enqueue(chunk)
      },
    }),
  )
  const contentType = response.headers.get('content-type') ?? types[format]
  const whole = () => new Response(stream, { headers: { 'content-type': contentType } })
  return {
    stream,
    contentType,
    blob: () => whole().blob(),
    text: () => whole().text(),
    async *rows() {
      for await (const lines of linesOf(stream)) for (const line of lines) yield JSON.parse(line)
    },
  }
}

function streamOf(response: Response): ReadableStream<Uint8Array> {
  return response.body ?? new ReadableStream({ start: (controller) => controller.close() })
}

/** The complete lines of each received chunk, without empty ones. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string[], void, undefined> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let isDone = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += value === undefined ? decoder.decode() : decoder.decode(value, { stream: true })
      const lines = rest.split('\n')
      rest = done ? '' : lines.pop()!
      const whole = lines.filter((line) => line !== '')
      if (whole.length > 0) yield whole
      if (done) break
    }
    isDone = true
  } catch (error) {
    isDone = true
    if (error instanceof Error && error.name === 'AbortError') throw error
    throw brokenOff('The connection broke off before the end.', error)
  } finally {
    // If the caller stops reading, the transfer ends.
    if (!isDone) await reader.cancel().catch(() => {})
  }
}

function brokenOff(detail: string, cause?: unknown): RosterError {
  return new RosterError({ status: 0, code: 'network_error', title: 'No answer', detail }, { cause })
}

function formatOf(source: ImportSource): keyof typeof types {
  if (!(source instanceof Blob)) return 'ndjson'
  const name = (source as { name?: string }).name ?? ''
  if (source.type.startsWith('text/csv') || /\.csv$/i.test(name)) return 'csv'
  return name === '' || /\.(ndjson|jsonl)$/i.test(name) ? 'ndjson' : 'file'
}

/** Browsers send streams only over HTTP/2, or not at all, so a stream is read completely first. */
async function sendable(source: ImportSource): Promise<ImportSource> {
  const isBrowser = 'document' in globalThis || 'WorkerGlobalScope' in globalThis
  if (!(source instanceof ReadableStream) || !isBrowser || 'Deno' in globalThis) return source
  return new Response(source).blob()
}
