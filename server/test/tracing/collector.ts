/** A collector of OpenTelemetry: an HTTP server that reads `ExportTraceServiceRequest` (opentelemetry-proto, protobuf). */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type CollectedSpan = {
  traceId: string
  spanId: string
  parentId: string
  name: string
  /** 1 internal, 2 server, 3 client. */
  kind: number
  attributes: Record<string, string | number>
  failed: boolean
  resource: Record<string, string | number>
}

export type Collector = Awaited<ReturnType<typeof startCollector>>

/** Stop it in `after`. */
export async function startCollector() {
  const bodies: Buffer[] = []
  const headers: Record<string, unknown>[] = []
  let status = 200
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    if (request.method === 'POST' && request.url === '/v1/traces' && status === 200) {
      headers.push(request.headers)
      bodies.push(Buffer.concat(parts))
    }
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    headers,
    /** What has come, byte by byte. */
    text: () => Buffer.concat(bodies).toString('latin1'),
    bodies,
    spans: () => bodies.flatMap(spansOf),
    answer(code: number) {
      status = code
    },
    stop(): void {
      server.closeAllConnections()
      server.close()
    },
  }
}

function spansOf(body: Buffer): CollectedSpan[] {
  return messages(body, 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(messages(resourceSpans, 1)[0] ?? Buffer.alloc(0), 1))
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => ({ ...spanOf(span), resource }))
  })
}

function spanOf(span: Buffer): Omit<CollectedSpan, 'resource'> {
  const hex = (field: number) => (messages(span, field)[0] ?? Buffer.alloc(0)).toString('hex')
  return {
    traceId: hex(1),
    spanId: hex(2),
    parentId: hex(4),
    name: messages(span, 5)[0]!.toString(),
    kind: numbers(span, 6)[0] ?? 0,
    attributes: attributesOf(messages(span, 9)),
    failed: numbers(messages(span, 15)[0] ?? Buffer.alloc(0), 3)[0] === 2,
  }
}

/** `KeyValue { key = 1; AnyValue value = 2 }`, whose value is a string (1) or an integer (3). */
function attributesOf(pairs: readonly Buffer[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const value = messages(pair, 2)[0] ?? Buffer.alloc(0)
      return [
        messages(pair, 1)[0]!.toString(),
        messages(value, 1)[0]?.toString() ?? numbers(value, 3)[0] ?? '',
      ]
    }),
  )
}

const messages = (bytes: Buffer, field: number) =>
  fieldsOf(bytes).flatMap(([number, value]) => (number === field && typeof value !== 'number' ? [value] : []))

const numbers = (bytes: Buffer, field: number) =>
  fieldsOf(bytes).flatMap(([number, value]) => (number === field && typeof value === 'number' ? [value] : []))

/** The wire format of protobuf: a key with the number and type of a field, then its value. */
function fieldsOf(bytes: Buffer): [field: number, value: number | Buffer][] {
  const fields: [number, number | Buffer][] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  const take = (length: number) => {
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = varint()
    const type = key & 7
    const value = type === 0 ? varint() : type === 2 ? take(varint()) : take(type === 1 ? 8 : 4)
    fields.push([Math.floor(key / 8), value])
  }
  return fields
}
