import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { eventTypes } from '../../src/audit-events.ts'
import { systemCaller } from '../../src/caller.ts'
import { shiftClock } from '../../src/clock.ts'
import { createFloods } from '../../src/features/audit/floods.ts'
import { createAudit } from '../../src/features/audit/service.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { countEvents, login, signInTogether } from './replicas.ts'

const day = 86_400
const source = join(import.meta.dirname, '../../src')

describe('the catalogue of events', () => {
  it('has each type that is recorded, and no other', () => {
    const files = globSync('{wiring/*.ts,features/**/*.ts,commands/audit/*.ts}', { cwd: source }).filter(
      // The feed and webhooks have types of their own.
      (path) => !/store\.ts$|\.test\.ts$|^features\/events\//.test(path),
    )
    const groups = [...new Set(eventTypes.map((type) => type.split('.')[0]))].join('|')
    const literal = new RegExp(`(?<!event: )'((?:${groups})\\.[a-z0-9_.]+)'`, 'g')
    const recorded = files.flatMap((path) =>
      [...readFileSync(join(source, path), 'utf8').matchAll(literal)].map(([, type = '']) => type),
    )
    const others = new Set([
      ...['users.id', 'users.disabled_at', 'users.deleted_at', 'users.seq'],
      'webhook.test',
      // A file in an example of a command.
      'audit.ndjson',
    ])
    assert.deepEqual(
      [...new Set(recorded)].filter((type) => !others.has(type)).sort(),
      [...eventTypes].sort(),
    )
  })
})

describe('counts of events', () => {
  it('are written ten seconds after overload, a minute after the rest, and at the end', async (t) => {
    let nowMs = 0
    t.mock.method(performance, 'now', () => nowMs)
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const written: string[] = []
    const audit = {
      record: async (
        _: unknown,
        __: unknown,
        ...rows: { type: string; changes?: Record<string, unknown> }[]
      ) =>
        void written.push(
          ...rows.map(({ type, changes }) => `${type} ${changes?.['count']} ${changes?.['seconds']}`),
        ),
    }
    const database = { transaction: (work: (tx: unknown) => Promise<void>) => work({}) }
    const floods = createFloods(database as never, audit as never, { warn: () => {} })
    const pass = async (seconds: number) => {
      for (let at = 0; at < seconds; at += 5) {
        nowMs += 5000
        t.mock.timers.tick(5000)
        await new Promise((resolve) => setImmediate(resolve))
      }
      return written.splice(0)
    }
    floods.start()
    for (let at = 0; at < 7; at += 1) {
      floods.count({ type: 'overload.shed', outcome: 'denied', reason: 'overloaded' })
      floods.count({ type: 'session.refreshed', outcome: 'success' })
    }
    assert.deepEqual(await pass(5), [])
    assert.deepEqual(await pass(5), ['overload.shed 7 10'])
    assert.deepEqual(await pass(45), [])
    assert.deepEqual(await pass(5), ['session.refreshed 7 60'])
    assert.deepEqual(await pass(120), [])
    floods.count({ type: 'session.refreshed', outcome: 'success' })
    await floods.stop()
    assert.deepEqual(written, ['session.refreshed 1 0'])
  })
})

onBothEngines('audit events', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  type Event = { type: string; reason: string | null; changes: Record<string, unknown>; target: object }
  const events = async (query: string): Promise<Event[]> => {
    await service.roster.floods.flush()
    const { status, body } = await service.call('GET', `/audit-events?limit=200&${query}`, {
      as: admin.token,
    })
    assert.equal(status, 200)
    return body
  }
  const later = async (seconds: number, work: () => Promise<unknown>) => {
    shiftClock(seconds)
    try {
      await work()
    } finally {
      shiftClock(-seconds)
    }
  }

  it('every type is in the reference of the API, and no other can be asked for', async () => {
    const { body } = await service.call('GET', '/openapi.json')
    const { parameters } = body.paths['/audit-events'].get
    const { schema } = parameters.find(({ name }: { name: string }) => name === 'type')
    for (const type of eventTypes) assert.ok(JSON.stringify(schema).includes(`"${type}"`), type)
    const { status } = await service.call('GET', '/audit-events?type=user.exploded', { as: admin.token })
    assert.equal(status, 400)
  })

  it('signing keys: generated, activated, retired, each once', async () => {
    const { signingKeys, database } = (await engine.start()).roster
    const seen = async () => {
      const found = await database.scan
        .selectFrom('audit_events')
        .select('type')
        .where('type', 'like', 'key.%')
        .orderBy('seq')
        .execute()
      return found.map(({ type }) => type)
    }
    assert.deepEqual(await seen(), ['key.generated', 'key.activated'])
    await later(89 * day + 60, signingKeys.tend)
    assert.deepEqual((await seen()).slice(2), ['key.generated'])
    await later(90 * day + 60, async () => {
      await signingKeys.tend()
      await signingKeys.tend()
    })
    assert.deepEqual((await seen()).slice(3), ['key.activated', 'key.retired'])
  })

  it('signing keys: an emergency revokes the old ones and activates the new one', async () => {
    const other = await engine.start()
    await other.roster.signingKeys.rotate(systemCaller, true)
    const count = (type: string) => countEvents(other, type)
    assert.deepEqual(
      [await count('key.generated'), await count('key.activated'), await count('key.revoked')],
      [2, 2, 1],
    )
  })

  it('the end of all sessions is one event with their number', async () => {
    const user = await service.createUser()
    for (let at = 0; at < 3; at += 1) await login(service, user.username, password, '')
    await service.call('DELETE', `/users/${user.id}/sessions`, { as: admin.token })
    await service.call('DELETE', `/users/${user.id}/sessions`, { as: admin.token })
    const [all, ...others] = await events(`target=${user.id}&type=session.revoked_all`)
    assert.deepEqual([all?.reason, all?.changes['count'], others], ['revoked', 4, []])
    assert.ok(Array.isArray(all?.changes['sessions']) && all.changes['sessions'].length === 4)
    assert.equal((await events(`actor=${admin.id}&type=session.revoked`)).length, 0)
    const path = `/users/${(await service.createUser()).id}`
    await service.call('PATCH', path, { as: admin.token, body: { status: 'disabled' } })
    assert.deepEqual((await events('type=session.revoked_all'))[0]?.reason, 'disabled')
  })

  it('refreshes are counted', async () => {
    await events('')
    let { refresh: token } = await service.createUser()
    for (let at = 0; at < 3; at += 1) {
      const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: token } })
      token = body.refresh_token
    }
    assert.equal((await events('type=session.refreshed'))[0]?.changes['count'], 3)
  })

  it('sessions that run out are counted when they go', async () => {
    const other = await engine.start()
    const user = await other.createUser()
    await login(other, user.username, password, '')
    const gone = await other.createUser()
    await other.call('POST', '/auth/logout', { as: gone.token })
    await later(31 * day, other.roster.housekeeping.runDue)
    const [row] = await other.roster.database.scan
      .selectFrom('audit_events')
      .selectAll()
      .where('type', '=', 'session.expired')
      .execute()
    assert.deepEqual(JSON.parse(row?.changes ?? ''), { count: 2 })
  })

  it('the coming end of an API key is recorded once, and again after it was prolonged', async () => {
    const hour = 3600
    const inHours = (hours: number) => new Date(Date.now() + hours * hour * 1000).toISOString()
    const make = async () =>
      (
        await service.call('POST', '/api-keys', {
          as: admin.token,
          body: { name: 'k', permissions: ['users:read'], expires_at: inHours(1) },
        })
      ).body
    const key = await make()
    const revoked = await make()
    await service.call('DELETE', `/api-keys/${revoked.id}`, { as: admin.token })
    const expired = async (hours: number) => {
      await later(hours * hour, service.roster.housekeeping.runDue)
      return countEvents(service, 'apikey.expired', key.id)
    }
    assert.deepEqual([await expired(0), await expired(2), await expired(3)], [0, 1, 1])
    assert.equal(await countEvents(service, 'apikey.expired', revoked.id), 0)
    const prolonged = { expires_at: inHours(5) }
    await service.call('PATCH', `/api-keys/${key.id}`, { as: admin.token, body: prolonged })
    assert.deepEqual([await expired(4), await expired(6)], [1, 2])
  })

  it('the refusal of a common password is recorded', async () => {
    const user = await service.createUser()
    const before = await countEvents(service, 'password.blocklisted')
    await service.call('POST', '/users', {
      body: { username: 'weak', email: 'weak@example.com', password: 'qwertyuiop' },
    })
    await service.call('PUT', '/users/me/password', {
      as: user.token,
      body: { current_password: password, password: 'password1' },
    })
    await service.call('POST', '/users', {
      body: { username: 'weak', email: 'weak@example.com', password: 'short' },
    })
    assert.equal((await countEvents(service, 'password.blocklisted')) - before, 2)
    assert.equal((await events(`actor=${user.id}&type=password.blocklisted`)).length, 1)
  })

  it('the first sign-in after wrong passwords gives their number, with tokens and with a cookie', async () => {
    const user = await service.createUser()
    const seen = async () =>
      (await events(`target=${user.id}&type=auth.login.success_after_failures`)).map(({ changes }) => changes)
    for (let at = 0; at < 3; at += 1) await login(service, user.username, 'wrong password', '')
    await login(service, user.username, password, '')
    await login(service, user.username, password, '')
    assert.deepEqual(await seen(), [{ failures: 3 }])
    await login(service, user.username, 'wrong password', '')
    await service.call('GET', '/users/me', { as: { username: user.username, password } })
    assert.deepEqual(await seen(), [{ failures: 1 }, { failures: 3 }])
  })

  it('a flood of failures is some rows and a count, and the account’s own counter is exact', async () => {
    await events('')
    const user = await service.createUser()
    const before = await countEvents(service, 'auth.login.failure')
    for (let at = 0; at < 5; at += 1)
      await Promise.all(Array.from({ length: 8 }, () => login(service, user.username, 'wrong password', '')))
    assert.equal((await countEvents(service, 'auth.login.failure')) - before, 10)
    const [counted] = await events('type=auth.login.failure')
    assert.deepEqual([counted?.reason, counted?.changes['count']], ['wrong_password', 30])
    await service.roster.signIn.settled()
    const { failures } = await service.roster.database.scan
      .selectFrom('passwords')
      .select('failures')
      .where('user_id', '=', user.id)
      .executeTakeFirstOrThrow()
    assert.equal(Number(failures), 40)
  })

  it('what a user without permissions does has 20 rows of a type a minute, and a count', async () => {
    const user = await service.createUser()
    const patch = (at: number) =>
      service.call('PATCH', '/users/me', { as: user.token, body: { first_name: `Name ${at}` } })
    for (let at = 0; at < 30; at += 1) assert.equal((await patch(at)).status, 200)
    assert.equal((await events(`actor=${user.id}&type=user.updated`)).length, 20)
    await service.roster.floods.flush()
    const [counted] = await events('type=user.updated')
    assert.equal(counted?.changes['count'], 10)
  })

  it('a million failures at as many names leave less than ten thousand rows that add up to a million', async () => {
    const { database } = service.roster
    const floods = createFloods(database, createAudit(database), { warn: () => {} })
    let rows = 0
    for (let at = 0; at < 1_000_000; at += 1) {
      if (floods.hasRow('auth.login.failure', `name-${at}`)) rows += 1
      else floods.count({ type: 'auth.login.failure', outcome: 'failure', reason: 'unknown_name' })
    }
    assert.ok(rows < 10_000, String(rows))
    await floods.flush()
    const [counted] = await events('type=auth.login.failure')
    assert.equal(rows + Number(counted?.changes['count']), 1_000_000)
  })

  it('what cannot be written is kept until it can be', async () => {
    const { database } = service.roster
    let isDown = true
    const audit = createAudit(database)
    const floods = createFloods(
      database,
      {
        ...audit,
        record: async (...row) => {
          if (isDown) throw new Error('down')
          await audit.record(...row)
        },
      },
      { warn: () => {} },
    )
    const event = { type: 'overload.shed', outcome: 'denied', reason: 'overloaded' } as const
    floods.count(event)
    await floods.flush()
    floods.count(event)
    isDown = false
    await floods.flush()
    assert.equal((await events('type=overload.shed'))[0]?.changes['count'], 2)
  })

  it('events that are not stored are counted', async () => {
    const other = await engine.start()
    const answers = await signInTogether(other, 120, password)
    const shed = answers.filter(({ code }) => code === 'overloaded').length
    assert.ok(shed > 0)
    await other.roster.floods.flush()
    const counted = await other.roster.database.scan
      .selectFrom('audit_events')
      .select('changes')
      .where('type', '=', 'overload.shed')
      .execute()
    assert.deepEqual(
      counted.map(({ changes }) => JSON.parse(changes ?? '').count),
      [shed],
    )
  })
})
