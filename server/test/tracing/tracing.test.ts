/** Traces: what a collector gets of requests, statements, mails and webhooks, and what it never gets. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { onBothEngines, password } from '../harness.ts'
import { type Receiver, startReceiver } from '../webhooks/receiver.ts'
import { type CollectedSpan, type Collector, startCollector } from './collector.ts'

const clientTrace = '4bf92f3577b34da6a3ce929d0e0e4736'
const clientSpan = '00f067aa0ba902b7'
const traceparent = `00-${clientTrace}-${clientSpan}-01`

onBothEngines('traces', (engine) => {
  let collector: Collector
  let receiver: Receiver
  let spans: CollectedSpan[] = []
  let lines: Record<string, unknown>[] = []
  let userId = ''
  const secrets: string[] = []
  const named = (name: string) => spans.filter((span) => span.name === name)
  const below = (parent: CollectedSpan): CollectedSpan[] =>
    spans.filter(({ parentId }) => parentId === parent.spanId).flatMap((child) => [child, ...below(child)])

  before(async () => {
    collector = await startCollector()
    receiver = await startReceiver()
    const service = await engine.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b',
      ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8',
    })
    const { token } = await service.admin()
    const hook = await service.call('POST', '/webhooks', {
      as: token,
      body: { url: receiver.url('/canary-hook') },
    })
    assert.equal(hook.status, 201, hook.text)
    const created = await service.call('POST', '/users', {
      headers: { traceparent, tracestate: 'vendor=1' },
      body: { username: 'canary-name', email: 'canary@mail.example', password },
    })
    assert.equal(created.status, 201)
    userId = created.body.id
    await service.call('GET', `/users?q=canary-word`, { as: token })
    await service.call('GET', '/users/me?canary-query=1', {
      as: 'canary-token',
      headers: { traceparent: 'nonsense' },
    })
    await service.call('GET', '/canary-path')
    await service.call('GET', '/health/ready')
    await receiver.until('/canary-hook', 1)
    await until(() => service.logs().find(({ event }) => event === 'mail.printed'), 'the mail')
    secrets.push(token, hook.body.secret, password)
    lines = service.logs()
    await service.stop()
    spans = collector.spans()
  })
  after(() => {
    collector.stop()
    receiver.stop()
  })

  it('name a request by its route, continue the trace of the client, and tell its end', () => {
    const request = spans.find(({ traceId, kind }) => traceId === clientTrace && kind === 2)!
    assert.equal(request.name, 'POST /users')
    assert.equal(request.parentId, clientSpan)
    assert.equal(request.failed, false)
    const { 'roster.request_id': id, ...attributes } = request.attributes
    assert.deepEqual(attributes, {
      'http.request.method': 'POST',
      'http.route': '/users',
      'http.response.status_code': 201,
    })
    assert.equal(request.resource['service.name'], 'roster')
    const line = lines.find(({ request_id }) => request_id === id)!
    assert.equal(line['trace_id'], clientTrace)
    const other = named('GET /users/:id')[0] ?? named('GET /users/{id}')[0]
    assert.ok(other)
    assert.notEqual(other.traceId, clientTrace)
  })

  it('show the statements and the transaction of a request below it, without values', () => {
    const request = spans.find(({ traceId, kind }) => traceId === clientTrace && kind === 2)!
    const inside = below(request)
    const transaction = inside.find(({ name }) => name === 'transaction')!
    const insert = below(transaction).find(({ name }) => name === 'INSERT users')!
    assert.equal(insert.kind, 3)
    assert.equal(insert.traceId, clientTrace)
    assert.equal(insert.attributes['db.system.name'], engine.name === 'sqlite' ? 'sqlite' : 'postgresql')
    assert.match(String(insert.attributes['db.query.text']), /^insert into "users"/)
    const search = below(named('GET /users')[0]!).map(({ name }) => name)
    assert.ok(search.includes('SELECT user_search'), `${search}`)
  })

  it('have a trace for each mail and for each delivery of a webhook, which the receiver can continue', () => {
    const [mail] = spans.filter(({ name }) => name.startsWith('mail '))
    assert.equal(mail?.parentId, '')
    assert.ok(below(mail!).length > 0)
    const [message] = receiver.messages
    const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(
      message!.headers['traceparent']!,
    )!
    const delivery = spans.find((span) => span.spanId === spanId)!
    assert.equal(delivery.traceId, traceId)
    assert.equal(delivery.name, 'webhook delivery')
    assert.equal(delivery.attributes['http.response.status_code'], 204)
  })

  it('omit health checks and background work', () => {
    assert.deepEqual(
      spans.filter(({ name }) => name.includes('health')),
      [],
    )
    const roots = new Set(
      spans.filter(({ parentId }) => parentId === '').map(({ name }) => name.split(' ')[0]),
    )
    assert.deepEqual([...roots].sort(), ['GET', 'POST', 'mail', 'webhook'])
  })

  it('hold nothing that clients or users entered', () => {
    const text = collector.text()
    assert.ok(text.length > 1000)
    assert.equal(collector.headers[0]?.['x-tenant'], 'a b')
    for (const secret of [...secrets, userId, 'canary']) assert.ok(!text.includes(secret), secret)
  })
})

onBothEngines('traces that cannot be sent', (engine) => {
  it('are logged once and disturb no request', async () => {
    const collector = await startCollector()
    after(collector.stop)
    collector.answer(400)
    const service = await engine.start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
    assert.equal((await service.call('GET', '/users/me')).status, 401)
    await service.stop()
    const told = service.logs().filter(({ event }) => String(event).startsWith('tracing.'))
    assert.deepEqual(
      told.map(({ event, level, reason }) => [event, level, reason]),
      [['tracing.failed', 'warn', '400']],
    )
  })
})
