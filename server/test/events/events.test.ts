/** The event feed. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import pg from 'pg'
import { systemCaller } from '../../src/caller.ts'
import { shiftClock } from '../../src/clock.ts'
import { closeServer } from '../../src/http/connection/drain.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'
import { createCopy, endOfFeed, listUsers, readAll } from './feed.ts'

onBothEngines('the event feed', (engine) => {
  let service: Service
  let admin: TestUser
  let url: string
  let names = 0
  before(async () => {
    url = await sharedDatabase(engine)
    service = await engine.start({ DATABASE_URL: url })
    admin = await service.admin()
  })
  const createUser = async (fields: object = {}): Promise<string> => {
    names += 1
    const username = `made-${names}`
    const body = { username, email: `${username}@example.com`, ...fields }
    const { status, body: user } = await service.call('POST', '/users', { as: admin.token, body })
    assert.equal(status, 201)
    return user.id
  }
  const patch = async (id: string, body: object) => {
    const answer = await service.call('PATCH', `/users/${id}`, { as: admin.token, body })
    assert.equal(answer.status, 200, answer.text)
  }
  const read = (query: string) => service.call('GET', `/events?${query}`, { as: admin.token })

  it('has all events that an application needs to copy all users', async () => {
    const id = await createUser({ first_name: 'Ann' })
    await patch(id, { first_name: 'Anna', metadata: { plan: 'pro' } })
    await patch(id, { email: 'anna@example.com' })
    await patch(id, { status: 'disabled', roles: ['admin', 'user'] })
    await patch(id, { status: 'active' })
    const deleted = await createUser()
    const restored = await createUser()
    const erased = await createUser()
    for (const one of [deleted, restored, erased])
      assert.equal((await service.call('DELETE', `/users/${one}`, { as: admin.token })).status, 204)
    assert.equal((await service.call('POST', `/users/${restored}/restore`, { as: admin.token })).status, 200)
    await service.roster.users.purge(systemCaller, erased, null)
    const rows = [1, 2, 3].map((at) =>
      JSON.stringify({ username: `in-${at}`, email: `in-${at}@example.com` }),
    )
    const imported = await service.call('POST', '/users/import', {
      as: { username: 'admin', password },
      headers: { 'content-type': 'application/x-ndjson' },
      body: rows.join('\n'),
    })
    assert.match(imported.text, /"created":3/)

    const copy = createCopy()
    const events = await readAll(service, admin.token, 0, 3)
    for (const event of events) copy.apply(event)
    assert.deepEqual(copy.users, await listUsers(service, admin.token))
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      events.map((_, at) => at + 1),
    )
    const typesOf = (user: string) =>
      events.filter(({ data }) => data.user_id === user).map(({ type }) => type)
    assert.deepEqual(typesOf(erased), ['user.created', 'user.deleted', 'user.erased'])
    assert.deepEqual(typesOf(restored), ['user.created', 'user.deleted', 'user.restored'])
    assert.deepEqual(
      new Set(typesOf(id)),
      new Set([
        ...['user.created', 'user.updated', 'user.email_changed', 'user.disabled'],
        ...['user.roles_changed', 'user.enabled'],
      ]),
    )
    const updated = events.find(({ type, data }) => type === 'user.updated' && data.user_id === id)
    assert.deepEqual(updated.data.fields, ['first_name', 'metadata'])
    assert.equal(updated.data.user.email, 'anna@example.com', 'the user is as they are now')
    assert.ok(!JSON.stringify(events).includes('argon2'))
    const ofErased = events.filter(({ data }) => data.user_id === erased)
    assert.ok(ofErased.every(({ data }) => data.user === null))
  })

  it('has each change of its writers once, in order by user, while others read', async () => {
    const from = await endOfFeed(service, admin.token)
    const ids = await Promise.all([createUser(), createUser(), createUser(), createUser()])
    let isWriting = true
    const seen: number[] = []
    const reading = (async () => {
      for (let after = from; ; ) {
        const wasWriting = isWriting
        const { body } = await read(`after=${after}`)
        seen.push(...body.events.map(({ sequence }: { sequence: number }) => sequence))
        after = body.next
        if (!wasWriting && !body.has_more) return
      }
    })()
    await Promise.all(
      ids.map(async (id) => {
        for (let at = 0; at < 8; at += 1) await patch(id, { first_name: `name ${at}` })
      }),
    )
    isWriting = false
    await reading
    const events = await readAll(service, admin.token, from)
    assert.deepEqual(
      seen,
      events.map(({ sequence }) => sequence),
    )
    assert.deepEqual(
      seen,
      seen.map((_, at) => from + at + 1),
    )
    for (const id of ids) {
      const own = events.filter(({ data }) => data.user_id === id)
      assert.deepEqual(
        own.map(({ type }) => type),
        ['user.created', ...Array(8).fill('user.updated')],
      )
      assert.equal(own[0].data.user.first_name, 'name 7')
    }
  })

  if (engine.name === 'postgres')
    it('does not skip an event that is committed after a later one', async () => {
      const from = await endOfFeed(service, admin.token)
      const late = new pg.Client(url)
      await late.connect()
      try {
        await late.query('begin')
        await late.query(
          `insert into events (id, at, type, user_id, surplus) values ('019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90', now(), 'user.updated', $1, 0)`,
          [admin.id],
        )
        const id = await createUser()
        const first = await read(`after=${from}`)
        assert.deepEqual(
          first.body.events.map((event: { data: { user_id: string } }) => event.data.user_id),
          [id],
        )
        await late.query('commit')
        const second = await read(`after=${first.body.next}`)
        assert.deepEqual(
          second.body.events.map((event: { id: string }) => event.id),
          ['019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'],
        )
      } finally {
        await late.end()
      }
    })

  it('has the last state of a user whose changes exceed the limit of the audit log', async () => {
    const user = await service.createUser()
    const from = await endOfFeed(service, admin.token)
    for (let at = 0; at < 25; at += 1) {
      const body = { first_name: `own ${at}` }
      assert.equal((await service.call('PATCH', '/users/me', { as: user.token, body })).status, 200)
    }
    const events = await readAll(service, admin.token, from)
    assert.equal(events.length, 21, 'the changes over the budget are one event')
    assert.equal(events.at(-1).data.user.first_name, 'own 24')
    assert.equal(events.at(-1).data.fields, null)
    const last = { as: user.token, body: { first_name: 'last' } }
    assert.equal((await service.call('PATCH', '/users/me', last)).status, 200)
    const [later] = await readAll(service, admin.token, events.at(-1).sequence)
    assert.equal(later.data.user.first_name, 'last')
  })

  it('waits for the next event', async () => {
    const from = await endOfFeed(service, admin.token)
    const waiting = read(`after=${from}&wait=20`)
    const id = await createUser()
    const { body } = await waiting
    assert.equal(body.events[0].data.user_id, id)
    assert.equal(body.next, from + 1)
    assert.deepEqual((await read(`after=${body.next}&wait=1`)).body, {
      events: [],
      next: body.next,
      has_more: false,
    })
  })

  it('streams Server-Sent Events and continues after Last-Event-ID', async () => {
    const from = await endOfFeed(service, admin.token)
    const id = await createUser()
    const open = (headers: Record<string, string>) =>
      fetch(`${service.url}/events`, {
        headers: { authorization: `Bearer ${admin.token}`, accept: 'text/event-stream', ...headers },
      })
    const response = await open({ 'last-event-id': String(from) })
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    const text = textOf(response)
    await text.until(new RegExp(`id: ${from + 1}\nevent: user.created\ndata: .*${id}`))
    await patch(id, { first_name: 'Live' })
    await text.until(new RegExp(`id: ${from + 2}\nevent: user.updated\ndata: .*"Live"`))
    await text.close()
    const fresh = textOf(await open({}))
    await fresh.until(new RegExp(`id: ${from + 2}\n`))
    await fresh.close()
    const wrong = await open({ 'last-event-id': 'x' })
    assert.equal(wrong.status, 400)
  })

  it('sends nothing to readers who lose the permission while they wait', async () => {
    const reader = await service.createUser({ roles: ['admin', 'user'] })
    const from = await endOfFeed(service, reader.token)
    const open = (path: string, accept: string) =>
      fetch(`${service.url}${path}`, { headers: { authorization: `Bearer ${reader.token}`, accept } })
    const stream = textOf(await open(`/events?after=${from}`, 'text/event-stream'))
    const waiting = open(`/events?after=${from}&wait=20`, 'application/json')
    await stream.until(/retry/)
    await patch(reader.id, { roles: ['user'] })
    const id = await createUser()
    const seen = await stream.rest()
    assert.ok(!seen.includes(id), seen)
    assert.ok(!seen.includes('event:'), seen)
    assert.equal((await waiting).status, 403)
  })

  it('limits the number of waiting requests', async () => {
    const reader = await service.createUser({ roles: ['admin', 'user'] })
    const from = await endOfFeed(service, reader.token)
    const streams = await Promise.all(
      Array.from({ length: 11 }, () =>
        fetch(`${service.url}/events?after=${from}`, {
          headers: { authorization: `Bearer ${reader.token}`, accept: 'text/event-stream' },
        }),
      ),
    )
    assert.deepEqual(streams.map(({ status }) => status).sort(), [...Array(10).fill(200), 429])
    for (const { body } of streams) await body?.cancel()
    for (let tries = 0; ; tries += 1) {
      const { status } = await service.call('GET', `/events?after=${from}&wait=1`, { as: reader.token })
      if (status === 200) break
      assert.ok(tries < 50, 'a stream that was left does not count any more')
    }
  })

  it('refuses callers without the permission, and values that are no position', async () => {
    const user = await service.createUser()
    assert.equal((await service.call('GET', '/events', { as: user.token })).status, 403)
    assert.equal((await service.call('GET', '/events')).status, 401)
    for (const query of [
      'after=-1',
      'after=x',
      'after=1e9',
      'after=99999999999999999999',
      'wait=21',
      'limit=501',
      'x=1',
    ])
      assert.equal((await read(query)).status, 400, query)
    const beyond = await read('after=999999999')
    assert.deepEqual([beyond.status, beyond.body.code], [410, 'events_expired'])
  })

  it('deletes old events, and answers readers who have not read them with an error', async () => {
    await createUser()
    const end = await endOfFeed(service, admin.token)
    shiftClock(31 * 86_400)
    try {
      const id = (
        await service.roster.users.create(systemCaller, { username: 'young', email: 'young@example.com' })
      ).user.id
      const events = service.roster.events
      while ((await events.deleteBefore(new Date(Date.now() + 86_400_000).toISOString(), 7)) > 0);
      assert.deepEqual(await events.state(), { position: end + 1, deleted_through: end })
      const { body } = await service.call('GET', `/events?after=${end}`, {
        as: { username: 'admin', password },
      })
      assert.deepEqual(
        body.events.map((event: { data: { user_id: string } }) => event.data.user_id),
        [id],
      )
      const expired = await service.call('GET', `/events?after=${end - 1}`, {
        as: { username: 'admin', password },
      })
      assert.deepEqual(
        [expired.status, expired.body.detail],
        [410, `The feed goes from sequence ${end} to ${end + 1}.`],
      )
    } finally {
      shiftClock(-31 * 86_400)
    }
  })

  it('ends streams and requests that wait when it stops', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const other = await engine.start({ DATABASE_URL })
    const { token } = await other.admin()
    const headers = { authorization: `Bearer ${token}` }
    const stream = await fetch(`${other.url}/events`, {
      headers: { ...headers, accept: 'text/event-stream' },
    })
    const end = Number(/id: (\d+)/.exec(await firstOf(stream))?.[1])
    const waiting = fetch(`${other.url}/events?after=${end}&wait=20`, { headers })
    await until(() => other.roster.app.deadlines.running.size >= 2, 'both requests')
    await closeServer(other.roster.app, 10_000)
    assert.equal((await waiting).status, 200)
  })
})

async function firstOf(response: Response): Promise<string> {
  const reader = response.body!.getReader()
  const { value } = await reader.read()
  void reader.closed.catch(() => {})
  return new TextDecoder().decode(value)
}

function textOf(response: Response) {
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    async until(pattern: RegExp): Promise<void> {
      while (!pattern.test(text)) {
        const { value, done } = await reader.read()
        if (done) throw new Error(`it ended with ${text}`)
        text += decoder.decode(value, { stream: true })
      }
    },
    /** All of it, when it ends by itself. */
    async rest(): Promise<string> {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return text
        text += decoder.decode(value, { stream: true })
      }
    },
    close: () => reader.cancel(),
  }
}
