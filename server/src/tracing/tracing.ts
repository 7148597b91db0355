/**
 * Traces with OpenTelemetry: spans of requests, statements, mails and outgoing requests. The library is loaded only if
 * tracing is on.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Config } from '../config.ts'
import { loadOwnModule } from '../runtime/own-files.ts'
import { version } from '../runtime/version.ts'

export type SpanKind = 'server' | 'client' | 'internal'

/** Our own names and numbers, never input of a client or a user. */
export type Attributes = Record<string, string | number>

export type SpanStart = {
  name: string
  kind: SpanKind
  attributes?: Attributes
  /** The headers of a request, which may contain the span of the client. */
  from?: IncomingHttpHeaders
  /** Whether the span begins a new trace. */
  root?: boolean
}

export type Span = {
  traceId: string
  /** Runs `work` so that the spans that begin in it are children of this one. */
  within<T>(work: () => T): T
  /** The headers that propagate this span to another service. */
  headers(): Record<string, string>
  /** `error` names the kind of a failure. */
  end(result?: { name?: string; attributes?: Attributes; error?: string }): void
}

export type Tracing = {
  begin(start: SpanStart): Span
  /** Whether the caller runs in a span that has not ended. */
  isInSpan(): boolean
  /** The members of a log line with the ids of the current span; none outside of spans. */
  logMembers(): { trace_id?: string; span_id?: string }
  /** Called with the reason when spans cannot be sent any more, and with null when they can again. */
  onChange(tell: (reason: string | null) => void): void
  /** Sends the remaining spans. */
  close(): Promise<void>
}

/** Runs work in a span. Without tracing there is no span. */
export type Trace = <T>(start: SpanStart, work: (span: Span | null) => Promise<T>) => Promise<T>

export type TracingOptions = {
  endpoint: string
  headers: Record<string, string>
  serviceName: string
  version: string
  sampler: string
  ratio: number
}

/** @returns null when no collector is set */
export function openTracing(config: Config): Tracing | null {
  if (config.tracing === null) return null
  const { startTracing } = loadOwnModule('tracing/open-telemetry.ts') as typeof import('./open-telemetry.ts')
  return startTracing({ ...config.tracing, version })
}

type Log = Record<'info' | 'warn', (fields: object, message: string) => void>

export function tellFailures(tracing: Tracing, log: Log): void {
  tracing.onChange((reason) => {
    if (reason === null) log.info({ event: 'tracing.back' }, 'traces are sent again')
    else log.warn({ event: 'tracing.failed', reason }, 'traces cannot be sent to the collector')
  })
}

export function traceBy(tracing: Tracing | null): Trace {
  if (tracing === null) return (_, work) => work(null)
  return async (start, work) => {
    const span = tracing.begin(start)
    try {
      const result = await span.within(() => work(span))
      span.end()
      return result
    } catch (error) {
      span.end({ error: kindOf(error) })
      throw error
    }
  }
}

/** The code of an error, or its class, because messages may contain values. */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : error.name
}
