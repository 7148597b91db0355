/**
 * The only file that imports OpenTelemetry. In a bundle it is a separate file, so that a service without traces does not
 * load it. It imports only types of our other files, because their state would otherwise exist twice.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Span as ApiSpan,
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { type ExportResult, ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { thrown } from '../errors.ts'
import type { Span, SpanStart, Tracing, TracingOptions } from './tracing.ts'

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL }

/** The timeout for sending the last spans when the service stops. */
const closeMs = 3000

export function startTracing(options: TracingOptions): Tracing {
  let tell: (reason: string | null) => void = () => {}
  const exporter = watched(
    new OTLPTraceExporter({ url: `${options.endpoint}/v1/traces`, headers: options.headers }),
    (reason) => tell(reason),
  )
  const resource = resourceFromAttributes({
    'service.name': options.serviceName,
    'service.version': options.version,
  })
  const provider = new TracerProvider({
    resource: resource.merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(options),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('roster', options.version)
  const propagator = new W3CTraceContextPropagator()
  const entered = new AsyncLocalStorage<{ context: Context; span: ApiSpan; ended: boolean }>()

  /** Timers that a request started may run long after it; they are not part of its trace. */
  const current = () => {
    const found = entered.getStore()
    return found === undefined || found.ended ? undefined : found
  }

  const parentOf = ({ from, root }: SpanStart): Context => {
    if (from !== undefined) return propagator.extract(ROOT_CONTEXT, from, defaultTextMapGetter)
    return (root ? undefined : current()?.context) ?? ROOT_CONTEXT
  }

  return {
    begin(start): Span {
      const { name, kind, attributes = {} } = start
      const parent = parentOf(start)
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, parent)
      const entry = { context: trace.setSpan(parent, span), span, ended: false }
      return {
        traceId: span.spanContext().traceId,
        within: (work) => entered.run(entry, work),
        headers() {
          const carrier: Record<string, string> = {}
          propagator.inject(entry.context, carrier, defaultTextMapSetter)
          return carrier
        },
        end({ name: finalName, attributes: more, error } = {}) {
          if (entry.ended) return
          entry.ended = true
          if (finalName !== undefined) span.updateName(finalName)
          if (more !== undefined) span.setAttributes(more)
          if (error !== undefined)
            span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', error)
          span.end()
        },
      }
    },
    isInSpan: () => current() !== undefined,
    logMembers() {
      const context = current()?.span.spanContext()
      if (context === undefined || !isSpanContextValid(context)) return {}
      return { trace_id: context.traceId, span_id: context.spanId }
    },
    onChange(listener) {
      tell = listener
    },
    async close() {
      const late = new Promise<void>((done) => setTimeout(done, closeMs).unref())
      await Promise.race([provider.shutdown().catch(() => {}), late])
    },
  }
}

function samplerOf({ sampler, ratio }: TracingOptions): Sampler {
  const [, isParent, name] = /^(parentbased_)?(.*)$/.exec(sampler)!
  const root =
    name === 'always_off'
      ? new AlwaysOffSampler()
      : name === 'traceidratio'
        ? new TraceIdRatioBasedSampler(ratio)
        : new AlwaysOnSampler()
  return isParent ? new ParentBasedSampler({ root }) : root
}

/** Reports once when spans cannot be sent, and once when they can again. */
function watched(exporter: SpanExporter, tell: (reason: string | null) => void): SpanExporter {
  let fails = false
  const note = ({ code, error }: ExportResult) => {
    const failed = code !== ExportResultCode.SUCCESS
    if (failed !== fails) tell(failed ? reasonOf(error) : null)
    fails = failed
  }
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        note(result)
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

/** A code, never the text of the collector, which may contain the credentials that were sent. */
function reasonOf(error: Error | undefined): string {
  const { code } = thrown(error)
  return code === undefined ? (error?.name ?? 'unknown') : String(code)
}
