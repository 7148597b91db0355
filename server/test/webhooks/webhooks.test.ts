/** Webhooks: registered, signed, delivered in order, tried again, and switched off. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { type Receiver, startReceiver, verify } from './receiver.ts'

onBothEngines('webhooks', (engine) => {
  let service: Service
  let admin: TestUser
  let receiver: Receiver
  let names = 0
  before(async () => {
    receiver = await startReceiver()
    service = await engine.start({ ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' })
    admin = await service.admin()
  })
  after(() => receiver.stop())
  const call = (method: string, path: string, body?: unknown) =>
    service.call(method, path, { as: admin.token, ...(body === undefined ? {} : { body }) })
  const createWebhook = async (path: string, fields: object = {}) => {
    const { status, body, text } = await call('POST', '/webhooks', { url: receiver.url(path), ...fields })
    assert.equal(status, 201, text)
    return body as { id: string; secret: string; [name: string]: unknown }
  }
  const remove = async (id: string) => assert.equal((await call('DELETE', `/webhooks/${id}`)).status, 204)
  const createUser = async (): Promise<string> => {
    names += 1
    const username = `hooked-${names}`
    return (await call('POST', '/users', { username, email: `${username}@example.com` })).body.id
  }
  const deliveriesOf = async (id: string) => (await call('GET', `/webhooks/${id}/deliveries?limit=200`)).body
  const untilDelivery = (id: string, isIt: (delivery: Record<string, unknown>) => boolean) =>
    until(
      async () => (await deliveriesOf(id)).find(isIt),
      async () => `the delivery: ${JSON.stringify(await deliveriesOf(id))}`,
    )

  it('are signed as Standard Webhooks say, and name the event', async () => {
    const webhook = await createWebhook('/signed')
    assert.match(webhook.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
    const id = await createUser()
    const [message] = await receiver.until('/signed', 1)
    assert.ok(message)
    assert.deepEqual(verify(webhook.secret, message), message.body)
    assert.equal(message.id, message.body.id)
    assert.deepEqual([message.body.type, message.body.data.user.id], ['user.created', id])
    assert.equal(message.headers['content-type'], 'application/json')
    assert.throws(() => verify(webhook.secret, { ...message, text: `${message.text} ` }))
    const { body: feed } = await call('GET', `/events?after=${message.body.sequence - 1}`)
    assert.deepEqual(feed.events[0], message.body, 'the feed and the webhook say the same')
    const delivery = await untilDelivery(webhook.id, ({ status }) => status === 'delivered')
    assert.equal(delivery.request.body, message.text)
    assert.equal(delivery.response.status, 204)
    assert.ok(!JSON.stringify(await call('GET', `/webhooks/${webhook.id}`)).includes('whsec_'))
    const stored = await service.roster.database.read.selectFrom('webhook_secrets').selectAll().execute()
    assert.ok(!JSON.stringify(stored).includes(webhook.secret.slice(6, 30)), 'the secret is encrypted')
    await remove(webhook.id)
  })

  it('receive the types that they chose, and of one user in order', async () => {
    const webhook = await createWebhook('/chosen', { events: ['user.updated', 'user.erased'] })
    const ids = [await createUser(), await createUser()]
    for (let at = 0; at < 4; at += 1)
      for (const id of ids) await call('PATCH', `/users/${id}`, { first_name: `n${at}` })
    await receiver.until('/chosen', 8)
    const isDelivered = ({ status }: { status: string }) => status === 'delivered'
    await until(async () => (await deliveriesOf(webhook.id)).every(isDelivered), 'all deliveries')
    await service.roster.users.purge(systemCaller, ids[0]!, null)
    const messages = await receiver.until('/chosen', 9)
    for (const id of ids) {
      const own = messages.filter(({ body }) => body.data.user_id === id)
      const places = own.map(({ body }) => body.sequence)
      assert.deepEqual(
        places,
        [...places].sort((a, b) => a - b),
      )
    }
    const types = messages.map(({ body }) => body.type)
    assert.deepEqual(new Set(types), new Set(['user.updated', 'user.erased']))
    await untilDelivery(webhook.id, ({ type, status }) => type === 'user.erased' && status === 'delivered')
    for (const delivery of await deliveriesOf(webhook.id))
      if (delivery.user_id === ids[0] && delivery.type !== 'user.erased')
        assert.equal(delivery.request, null, 'nothing stays of an erased user')
    await remove(webhook.id)
  })

  it('are sent again after a failure, and later events of the user wait', async () => {
    let isUp = false
    receiver.answer('/down', (_, response) => response.writeHead(isUp ? 200 : 500).end('sorry\0'))
    const webhook = await createWebhook('/down')
    const id = await createUser()
    await call('PATCH', `/users/${id}`, { first_name: 'Later' })
    const delivery = await untilDelivery(webhook.id, ({ attempts }) => attempts === 1)
    assert.deepEqual(
      [delivery.type, delivery.status, delivery.error, delivery.response],
      ['user.created', 'pending', 'bad_status', { status: 500, body: 'sorry\ufffd' }],
    )
    assert.notEqual((await call('GET', `/webhooks/${webhook.id}`)).body.failing_since, null)
    isUp = true
    shiftClock(30)
    try {
      const messages = await receiver.until('/down', 3)
      assert.deepEqual(
        messages.map(({ body }) => body.type),
        ['user.created', 'user.created', 'user.updated'],
      )
      assert.equal(messages[0]?.id, messages[1]?.id)
      await untilDelivery(webhook.id, ({ type, status }) => type === 'user.updated' && status === 'delivered')
      assert.equal((await call('GET', `/webhooks/${webhook.id}`)).body.failing_since, null)
    } finally {
      shiftClock(-30)
    }
    await remove(webhook.id)
  })

  it('are abandoned after a day of attempts, and disabled after three days of failures', async () => {
    receiver.answer('/broken', (_, response) => response.writeHead(400).end())
    const webhook = await createWebhook('/broken')
    await createUser()
    await untilDelivery(webhook.id, ({ attempts }) => attempts === 1)
    const rows = () =>
      service.roster.database.transaction(async (tx) => {
        await tx
          .updateTable('webhook_deliveries')
          .set({ attempts: 10, next_attempt_at: '2020-01-01T00:00:00.000Z' })
          .where('webhook_id', '=', webhook.id)
          .execute()
        await tx
          .updateTable('webhooks')
          .set({ failing_since: new Date(Date.now() - 3.1 * 86_400_000).toISOString() })
          .where('id', '=', webhook.id)
          .execute()
      })
    await rows()
    const given = await untilDelivery(webhook.id, ({ status }) => status === 'failed')
    assert.equal(given.attempts, 11)
    const { body } = await call('GET', `/webhooks/${webhook.id}`)
    assert.deepEqual([body.enabled, body.disabled_reason], [false, 'failing'])
    const mails = await service.roster.database.read.selectFrom('mail_outbox').select('template').execute()
    assert.equal(mails.filter(({ template }) => template === 'webhook-disabled').length, 1)
    // Events that happen before it is enabled again are sent then.
    const missed = await createUser()
    receiver.answer('/broken', (_, response) => response.writeHead(200).end())
    const on = await call('PATCH', `/webhooks/${webhook.id}`, { enabled: true })
    assert.deepEqual([on.status, on.body.disabled_reason, on.body.failing_since], [200, null, null])
    const messages = await receiver.until('/broken', 3)
    assert.equal(messages.at(-1)?.body.data.user_id, missed)
    await remove(webhook.id)
  })

  it('are switched off by 410 Gone', async () => {
    receiver.answer('/gone', (_, response) => response.writeHead(410).end())
    const webhook = await createWebhook('/gone')
    await createUser()
    await untilDelivery(webhook.id, ({ error }) => error === 'gone')
    assert.equal((await call('GET', `/webhooks/${webhook.id}`)).body.disabled_reason, 'gone')
    await remove(webhook.id)
  })

  it('send one event again, or all since an instant', async () => {
    const since = new Date(Date.now() - 1).toISOString()
    const webhook = await createWebhook('/again')
    const id = await createUser()
    await call('PATCH', `/users/${id}`, { first_name: 'Again' })
    await receiver.until('/again', 2)
    const delivery = await untilDelivery(
      webhook.id,
      ({ type, status }) => type === 'user.created' && status === 'delivered',
    )
    await untilDelivery(webhook.id, ({ type, status }) => type === 'user.updated' && status === 'delivered')
    const resend = (body: object) => call('POST', `/webhooks/${webhook.id}/resend`, body)
    assert.equal((await resend({ delivery_id: delivery.id })).status, 202)
    const messages = await receiver.until('/again', 3)
    assert.equal(messages[2]?.id, delivery.event_id)
    await untilDelivery(webhook.id, ({ id, status }) => id === delivery.id && status === 'delivered')
    assert.equal((await resend({ since })).status, 202)
    const all = await receiver.until('/again', 5)
    assert.deepEqual(
      all.slice(3).map(({ body }) => body.type),
      ['user.created', 'user.updated'],
    )
    assert.deepEqual(
      [(await resend({})).status, (await resend({ since, delivery_id: delivery.id })).status],
      [400, 400],
    )
    assert.equal((await resend({ delivery_id: webhook.id })).status, 404)
    await remove(webhook.id)
  })

  it('have two secrets while one is replaced', async () => {
    const webhook = await createWebhook('/rotated')
    const added = await call('POST', `/webhooks/${webhook.id}/secrets`)
    assert.equal(added.status, 201)
    assert.equal((await call('POST', `/webhooks/${webhook.id}/secrets`)).body.code, 'secret_not_allowed')
    const test = await call('POST', `/webhooks/${webhook.id}/test`)
    assert.deepEqual([test.status, test.body.status], [200, 'delivered'])
    const [both] = receiver.at('/rotated')
    verify(webhook.secret, both!)
    verify(added.body.secret, both!)
    const { body: secrets } = await call('GET', `/webhooks/${webhook.id}/secrets`)
    assert.deepEqual(Object.keys(secrets[0]), ['id', 'created_at'])
    const old = await call('DELETE', `/webhooks/${webhook.id}/secrets/${secrets[0].id}`)
    assert.equal(old.status, 204)
    await call('POST', `/webhooks/${webhook.id}/test`)
    const [, after] = receiver.at('/rotated')
    verify(added.body.secret, after!)
    assert.throws(() => verify(webhook.secret, after!))
    const last = await call('DELETE', `/webhooks/${webhook.id}/secrets/${secrets[1].id}`)
    assert.equal(last.body.code, 'secret_not_allowed')
    await remove(webhook.id)
  })

  it('fail for receivers that redirect, never answer, or send a huge answer', async () => {
    receiver.answer('/redirect', (_, response) =>
      response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    )
    receiver.answer('/never', () => {})
    receiver.answer('/huge', (_, response) => {
      response.writeHead(200)
      const part = 'x'.repeat(65_536)
      const fill = () => {
        while (!response.destroyed && response.write(part));
        if (!response.destroyed) response.once('drain', fill)
      }
      fill()
    })
    receiver.answer('/slow', (_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 200)
      response.on('close', () => clearInterval(timer))
    })
    const results = await Promise.all(
      ['/redirect', '/never', '/huge', '/slow'].map(async (path) => {
        const { id } = await createWebhook(path, { enabled: false })
        const { body } = await call('POST', `/webhooks/${id}/test`)
        await remove(id)
        return [body.status, body.error, body.response?.body.length ?? null]
      }),
    )
    assert.deepEqual(results, [
      ['failed', 'redirect', 0],
      ['failed', 'timeout', null],
      ['delivered', null, 2000],
      ['failed', 'timeout', null],
    ])
  })

  it('are refused for addresses to which nothing may be sent', async () => {
    for (const url of [
      ...['http://10.0.0.1/x', 'https://192.168.1.1/x', 'https://169.254.169.254/latest', 'https://[::1]/x'],
      ...[
        'https://[::ffff:10.0.0.1]/x',
        'https://0x0a.1/x',
        'http://example.com@10.0.0.1/',
        'ftp://example.com',
      ],
      ...[
        'https://user:pass@example.com/',
        'https://example.com:22/',
        'https://example.com:5432/',
        'nothing',
      ],
      ...['javascript:alert(1)', 'https://example.com/#x'],
    ]) {
      const { status, body } = await call('POST', '/webhooks', { url })
      assert.deepEqual([status, body.errors?.[0].pointer], [400, '/url'], url)
    }
    assert.equal(
      (await call('POST', '/webhooks', { url: 'https://example.com', events: ['user.unknown'] })).status,
      400,
    )
    assert.equal((await call('POST', '/webhooks', { url: 'https://example.com', events: [] })).status, 400)
    const { body: list } = await call('GET', '/webhooks')
    assert.deepEqual(list, [])
  })

  it('send nothing when a name leads into a network that is not allowed', async () => {
    const strict = await engine.start({ ROSTER_OUTGOING_NETWORKS: '10.0.0.0/8' })
    const { token } = await strict.admin()
    const url = 'https://localhost:9999/x'
    const refused = await strict.call('POST', '/webhooks', { as: token, body: { url, enabled: false } })
    assert.equal(refused.status, 400)
    const body = { url: 'https://example.com/x', enabled: false }
    const created = await strict.call('POST', '/webhooks', { as: token, body })
    assert.equal(created.status, 201)
    await strict.roster.database.transaction((tx) =>
      tx.updateTable('webhooks').set({ url }).where('id', '=', created.body.id).execute(),
    )
    const tested = await strict.call('POST', `/webhooks/${created.body.id}/test`, { as: token })
    assert.deepEqual([tested.body.status, tested.body.error], ['failed', 'address_not_allowed'])
  })

  it('need their permissions, and the right to read events', async () => {
    const user = await service.createUser()
    for (const [method, path] of [
      ['GET', '/webhooks'],
      ['POST', '/webhooks'],
    ] as const) {
      const body = method === 'POST' ? { body: { url: 'https://example.com' } } : {}
      assert.equal((await service.call(method, path, { as: user.token, ...body })).status, 403)
    }
    const key = async (permissions: string[]) =>
      (await call('POST', '/api-keys', { name: 'k', permissions })).body.secret
    const blind = await key(['webhooks:read', 'webhooks:write'])
    const create = { url: receiver.url('/key'), enabled: false }
    const refused = await service.call('POST', '/webhooks', { as: blind, body: create })
    assert.deepEqual([refused.status, refused.body.code], [403, 'permission_not_held'])
    const webhook = await createWebhook('/key')
    await createUser()
    await untilDelivery(webhook.id, ({ status }) => status === 'delivered')
    const { body } = await service.call('GET', `/webhooks/${webhook.id}/deliveries`, { as: blind })
    assert.equal(body[0].request, null)
    const moved = await service.call('PATCH', `/webhooks/${webhook.id}`, {
      as: blind,
      body: { url: receiver.url('/x') },
    })
    assert.equal(moved.status, 403)
    await remove(webhook.id)
  })

  it('are replaced and changed with their versions', async () => {
    const key = { 'idempotency-key': 'once-and-again' }
    const first = await service.call('POST', '/webhooks', {
      as: admin.token,
      headers: key,
      body: { url: receiver.url('/one'), description: 'first', enabled: false },
    })
    assert.equal(first.status, 201)
    const replayed = await service.call('POST', '/webhooks', {
      as: admin.token,
      headers: key,
      body: { url: receiver.url('/one'), description: 'first', enabled: false },
    })
    assert.deepEqual([replayed.body.id, replayed.body.secret], [first.body.id, undefined])
    const path = `/webhooks/${first.body.id}`
    const stale = await service.call('PUT', path, {
      as: admin.token,
      headers: { 'if-match': '"9"' },
      body: { url: receiver.url('/two') },
    })
    assert.equal(stale.status, 412)
    const put = await call('PUT', path, { url: receiver.url('/two'), enabled: false })
    assert.deepEqual([put.status, put.body.description, put.body.events], [200, '', ['*']])
    const patched = await call('PATCH', path, { description: 'second' })
    assert.equal(patched.body.url, receiver.url('/two'))
    await remove(first.body.id)
    assert.equal((await call('GET', path)).status, 404)
  })
})
