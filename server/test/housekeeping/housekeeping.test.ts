import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { fromNow, shiftClock } from '../../src/clock.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { AppError } from '../../src/errors.ts'
import { housekeepingJobs } from '../../src/features/housekeeping/jobs.ts'
import { createHousekeeping, type Job } from '../../src/features/housekeeping/service.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines } from '../harness.ts'
import { untilMailsAreSent } from '../mail/sent.ts'

const day = 86_400

onBothEngines('housekeeping', (engine) => {
  let database: Database
  before(async () => {
    database = openDatabase({ url: await engine.createDatabase(), poolSize: 10 })
    await migrate(database)
  })
  after(() => database.close())
  const lines: { event?: string }[] = []
  const note = (fields: object) => void lines.push(fields)
  const replica = (job: Job) => createHousekeeping({ database, jobs: [job], log: { info: note, warn: note } })

  it('runs a job on one replica at a time, in batches, and again when its time has come', async () => {
    let running = 0
    let most = 0
    /** How many replicas have finished the round. */
    let finished = 0
    let left = 5
    const totals: number[] = []
    const job: Job = {
      name: 'counted',
      everySeconds: day,
      async run() {
        running += 1
        most = Math.max(most, running)
        await until(() => finished >= 3 || running > 1, 'the other replicas')
        running -= 1
        return left > 0 ? left-- && 10 : 0
      },
      done: async (total) => void totals.push(total),
    }
    const replicas = [replica(job), replica(job), replica(job), replica(job)]
    const runDue = () => {
      finished = 0
      return Promise.all(replicas.map((one) => one.runDue().then(() => finished++)))
    }
    await runDue()
    assert.deepEqual([most, left, totals], [1, 0, [50]])
    left = 1
    await runDue()
    assert.equal(left, 1)
    shiftClock(day + 1)
    await runDue()
    shiftClock(-day - 1)
    assert.deepEqual([left, totals], [0, [50, 10]])
    await Promise.all(replicas.map((one) => one.stop()))
  })

  it('takes over from a replica that died, and runs a failed job again only after a minute', async () => {
    await database.transaction((tx) =>
      tx
        .insertInto('jobs')
        .values({ name: 'orphan', leased_by: 'dead', leased_until: fromNow(300), finished_at: null })
        .execute(),
    )
    let runs = 0
    const one = replica({
      name: 'orphan',
      everySeconds: 60,
      async run() {
        runs += 1
        if (runs === 1) throw new Error('the first time')
        return 0
      },
    })
    await one.runDue()
    assert.equal(runs, 0)
    shiftClock(301)
    await one.runDue()
    await one.runDue()
    assert.equal(runs, 1)
    assert.ok(lines.some(({ event }) => event === 'housekeeping.failed'))
    shiftClock(61)
    await one.runDue()
    shiftClock(-362)
    assert.equal(runs, 2)
    await one.stop()
  })

  it('has one timer while it runs and none before, also after a request for a run', async (t) => {
    const timers = t.mock.method(globalThis, 'setTimeout')
    // About a minute; exactly a minute is the driver's.
    const isLook = (ms = 0) => ms >= 45_000 && ms <= 75_000 && ms !== 60_000
    const looks = () => timers.mock.calls.filter(({ arguments: [, ms] }) => isLook(ms)).length
    const one = replica({ name: 'nothing', everySeconds: day, run: async () => 0 })
    await one.runDue()
    assert.equal(looks(), 0)
    one.start()
    await Promise.all([one.runDue(), one.runDue()])
    assert.equal(looks(), 1)
    await one.stop()
  })

  it('erases users after others who cannot be erased, and names each of the others once', async () => {
    const service = await engine.start()
    const { users, database: own } = service.roster
    const ids: string[] = []
    for (let index = 0; index < 120; index += 1) {
      const fields = { username: `gone-${index}`, email: `gone-${index}@example.com`, email_verified: true }
      const { user } = await users.create(systemCaller, { ...fields, roles: ['user'] })
      ids.push(user.id)
      // Half of them at the same instant as others.
      const deleted_at = fromNow(-40 * day - 60 + Math.floor(index / 2))
      await own.transaction((tx) =>
        tx.updateTable('users').set({ deleted_at }).where('id', '=', user.id).execute(),
      )
    }
    const stuck = new Set([...ids.slice(0, 60), ids[80], ids[119]])
    let isDown = false
    const warned: { event?: string; user_id?: string }[] = []
    const jobs = housekeepingJobs({
      database: own,
      recycleDays: 30,
      users: {
        listDeletedBefore: users.listDeletedBefore,
        async purge(...[caller, id, ifMatch, which]: Parameters<typeof users.purge>) {
          if (isDown) throw new AppError('dependency_unavailable')
          if (stuck.has(id)) throw new Error('stuck')
          return users.purge(caller, id, ifMatch, which)
        },
      },
      log: { warn: (fields: object) => void warned.push(fields) },
    } as never)
    const bin = jobs.find(({ name }) => name === 'recycle bin')!
    const one = createHousekeeping({ database: own, jobs: [bin], log: { info() {}, warn: note } })
    const left = async () => {
      const rows = await own.read
        .selectFrom('users')
        .select('id')
        .where('deleted_at', 'is not', null)
        .execute()
      return new Set(rows.map(({ id }) => id))
    }
    await own.transaction((tx) => tx.deleteFrom('jobs').execute())
    isDown = true
    await one.runDue()
    assert.deepEqual([warned, (await left()).size], [[], 120])
    isDown = false
    shiftClock(61)
    await one.runDue()
    assert.deepEqual(await left(), stuck)
    assert.deepEqual(warned.map((line) => line.user_id).sort(), [...stuck].sort())
    assert.ok(warned.every(({ event }) => event === 'housekeeping.not_erased'))
    stuck.clear()
    shiftClock(day)
    await one.runDue()
    shiftClock(-day - 61)
    assert.equal((await left()).size, 0)
    await one.stop()
  })

  it('deletes the address of a failed sign-in after 90 days, and the event after a year', async () => {
    const service = await engine.start()
    const user = await service.createUser()
    const fail = (username: string) =>
      service.call('POST', '/auth/login', { body: { username, password: 'a wrong one' } })
    for (const name of [user.username, user.email, user.username]) await fail(name)
    const { database: own, housekeeping } = service.roster
    const events = async (type: string) => {
      await service.roster.signIn.settled()
      return own.read.selectFrom('audit_events').selectAll().where('type', '=', type).execute()
    }
    const origins = async (type: string) =>
      (await events(type)).map(({ address, user_agent }) => [address, user_agent])
    const known = await origins('auth.login.failure')
    assert.equal(known.length, 3)
    assert.ok(known.every(([address, agent]) => address === '127.0.0.1' && agent !== null))
    await housekeeping.runDue()
    assert.deepEqual(await origins('auth.login.failure'), known)
    shiftClock(89 * day)
    await housekeeping.runDue()
    assert.deepEqual(await origins('auth.login.failure'), known)
    await fail(user.username)
    shiftClock(2 * day)
    await housekeeping.runDue()
    const later = ['127.0.0.1', known[0]![1]]
    const nothing = [null, null]
    assert.deepEqual(await origins('auth.login.failure'), [nothing, nothing, nothing, later])
    assert.ok((await origins('auth.login.success')).every(([address]) => address === '127.0.0.1'))
    shiftClock(90 * day)
    await housekeeping.runDue()
    assert.deepEqual(await origins('auth.login.failure'), [nothing, nothing, nothing, nothing])
    shiftClock(185 * day)
    await housekeeping.runDue()
    assert.equal((await events('auth.login.failure')).length, 1)
    shiftClock(-366 * day)
  })

  it('deletes expired rows and keeps others', async () => {
    const service = await engine.start({ ROSTER_AUDIT_DAYS: '30' })
    const user = await service.createUser()
    const { database: own, housekeeping } = service.roster
    const count = async (
      table: 'sessions' | 'refresh_tokens' | 'one_time_tokens' | 'audit_events' | 'mail_outbox',
    ) => (await own.read.selectFrom(table).selectAll().execute()).length
    const tables = ['sessions', 'refresh_tokens', 'one_time_tokens', 'audit_events', 'mail_outbox'] as const
    await until(async () => (await Promise.all(tables.map(count))).every((each) => each > 0), 'rows')
    await untilMailsAreSent(own)
    await housekeeping.runDue()
    for (const table of tables) assert.ok((await count(table)) > 0, table)
    shiftClock(31 * day)
    await housekeeping.runDue()
    shiftClock(-31 * day)
    for (const table of tables) if (table !== 'audit_events') assert.equal(await count(table), 0, table)
    const events = await own.read.selectFrom('audit_events').select('type').orderBy('seq').execute()
    assert.deepEqual(
      events.map(({ type }) => type),
      ['session.expired', 'audit.purged'],
    )
    assert.equal(
      (await service.call('GET', '/users/me', { as: { username: user.username, password: 'wrong one' } }))
        .status,
      401,
    )
  })
})
