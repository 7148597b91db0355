import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, it } from 'node:test'
import { anonymousCaller } from '../../src/caller.ts'
import { fromNow, now } from '../../src/clock.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { AppError } from '../../src/errors.ts'
import { startFulfilling } from '../../src/features/account/requests/fulfilling.ts'
import { createRequests, type NotedRequest } from '../../src/features/account/requests/requests.ts'
import { deriveKeys } from '../../src/secret-key.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines } from '../harness.ts'

const caller = anonymousCaller({ requestId: 'r1', address: '192.0.2.1', userAgent: 'one' })

onBothEngines('requests for links', (engine) => {
  let database: Database
  before(async () => {
    database = openDatabase({ url: await engine.createDatabase(), poolSize: 10 })
    await migrate(database)
  })
  after(() => database.close())
  const requests = () => createRequests({ database, ...deriveKeys(Buffer.alloc(32, 7)) })
  const note = (email: string) =>
    database.transaction((tx) => requests().note(tx, { kind: 'reset', email, caller }))
  const waiting = async () =>
    (await database.read.selectFrom('account_requests').selectAll().execute()).length
  const emptied = () => until(async () => (await waiting()) === 0, 'all to be gone')
  let isDown = false
  /** How often the replicas have tried to work. */
  let tries = 0
  /** A replica that calls `fulfil` for each request that it takes. */
  const replica = (fulfil: (request: NotedRequest) => void) => {
    const own = requests()
    const lines: { event?: string }[] = []
    const { stop } = startFulfilling({
      database,
      requests: own,
      fulfil: async (some) => {
        tries += 1
        const taken = await database.transaction(async (tx) => {
          const mine: NotedRequest[] = []
          for (const request of some) if (await own.take(tx, request.id)) mine.push(request)
          for (const { email } of mine) if (email.startsWith('stuck')) throw new Error('stuck')
          if (isDown) throw new AppError('dependency_unavailable')
          return mine
        })
        for (const request of taken) fulfil(request)
      },
      log: { warn: (fields) => void lines.push(fields) },
    })
    return { lines, stop }
  }

  it('are encrypted, and fulfilled once by one of five replicas', async () => {
    for (let index = 0; index < 60; index += 1) await note(`canary-${index}@example.com`)
    const rows = JSON.stringify(await database.read.selectFrom('account_requests').selectAll().execute())
    assert.doesNotMatch(rows, /canary|192\.0\.2/)
    const done: NotedRequest[] = []
    const replicas = [0, 1, 2, 3, 4].map(() => replica((request) => void done.push(request)))
    await emptied()
    await Promise.all(replicas.map(({ stop }) => stop()))
    assert.equal(done.length, 60)
    assert.equal(new Set(done.map(({ email }) => email)).size, 60)
    assert.deepEqual({ ...done[0]?.caller, permissions: null }, { ...caller, permissions: null })
    assert.equal(done[0]?.caller.permissions.size, 0)
  })

  it('a request that cannot be fulfilled, cannot be read or is old is dropped and delays no other', async () => {
    const content = 'v1.AAAA'
    await database.transaction((tx) =>
      tx.insertInto('account_requests').values({ id: 'unreadable', content, created_at: now() }).execute(),
    )
    await note('old@example.com')
    await database.transaction((tx) =>
      tx
        .updateTable('account_requests')
        .set({ created_at: fromNow(-1801) })
        .where('id', '<>', 'unreadable')
        .execute(),
    )
    await note('stuck@example.com')
    await note('last@example.com')
    const done: string[] = []
    const one = replica(({ email }) => void done.push(email))
    await emptied()
    await one.stop()
    assert.deepEqual(done, ['last@example.com'])
    assert.deepEqual(
      one.lines.map(({ event }) => event),
      ['account.request_dropped', 'account.request_dropped', 'account.request_dropped'],
    )
    assert.doesNotMatch(JSON.stringify(one.lines), /example\.com/)
  })

  it('wait while the database is away, with one line in the log', async () => {
    await note('patient@example.com')
    isDown = true
    const done: string[] = []
    const one = replica(({ email }) => void done.push(email))
    const before = tries
    await until(() => tries >= before + 3, 'three attempts')
    assert.deepEqual(
      one.lines.map(({ event }) => event),
      ['account.requests_wait'],
    )
    isDown = false
    await emptied()
    await one.stop()
    assert.deepEqual(done, ['patient@example.com'])
  })

  it('are fulfilled after a crash by the next replica that starts', async () => {
    const url = await engine.createDatabase()
    const secretKey = randomBytes(32)
    const settings = { DATABASE_URL: url, ROSTER_SECRET_KEY: secretKey.toString('base64') }
    const service = await engine.start(settings)
    const user = await service.createUser({ email_verified: true })
    const { database: own } = service.roster
    // Noted by another replica that then was no more.
    const noted = createRequests({ database: own, ...deriveKeys(secretKey) })
    await own.transaction((tx) => noted.note(tx, { kind: 'reset', email: user.email, caller }))
    const event = await until(
      () =>
        own.read
          .selectFrom('audit_events')
          .selectAll()
          .where('type', '=', 'password.reset_requested')
          .executeTakeFirst(),
      'the link',
    )
    assert.deepEqual([event.target_id, event.address, event.actor_kind], [user.id, '192.0.2.1', 'anonymous'])
    const links = await own.read
      .selectFrom('one_time_tokens')
      .selectAll()
      .where('purpose', '=', 'reset_password')
      .execute()
    assert.deepEqual(
      links.map(({ user_id }) => user_id),
      [user.id],
    )
  })
})
