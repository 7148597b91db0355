/** Until the answer, an unknown name causes the same statements, rows and hashing as every other name. */
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { StatementSync } from 'node:sqlite'
import { after, before, it } from 'node:test'
import pg from 'pg'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { freePort } from '../postgres-server.ts'
import { login } from './replicas.ts'

let heard: string[] = []
let written = 0
let keyedHashes = 0
const tables = /"(attempts|users|passwords|audit_events)"/

/** The texts of all statements, and how many rows they write together: which table they are in does not show. */
function hear(text: string, rows: number): void {
  if (!tables.test(text)) return
  heard.push(text)
  if (!/^select/.test(text)) written += rows
}

const { all, run } = StatementSync.prototype
const { query } = pg.Client.prototype
const { createHmac } = crypto
const { setTimeout: timeout } = globalThis
before(() => {
  // What is left for later stays out of the way, however slow the machine is.
  globalThis.setTimeout = ((work: () => void, ms = 0) =>
    timeout(work, ms >= 10 && ms <= 2_000 ? 60_000 : ms)) as never
  crypto.createHmac = (...values) => {
    keyedHashes += 1
    return createHmac(...values)
  }
  syncBuiltinESMExports()
  StatementSync.prototype.all = function (...values: never[]) {
    const rows = all.apply(this, values as never)
    hear(this.sourceSQL, rows.length)
    return rows
  }
  StatementSync.prototype.run = function (...values: never[]) {
    const result = run.apply(this, values as never)
    hear(this.sourceSQL, Number(result.changes))
    return result
  }
  pg.Client.prototype.query = function (this: pg.Client, ...values: never[]) {
    const sent = (query as (...all: never[]) => unknown).apply(this, values) as Promise<{
      rowCount: number | null
    }>
    const [first] = values as unknown as (string | { text: string })[]
    const text = typeof first === 'string' ? first : (first?.text ?? '')
    return sent.then((result) => {
      hear(text, result.rowCount ?? 0)
      return result
    })
  } as never
})
after(() => {
  crypto.createHmac = createHmac
  syncBuiltinESMExports()
  Object.assign(StatementSync.prototype, { all, run })
  pg.Client.prototype.query = query
  globalThis.setTimeout = timeout
})

onBothEngines('the work before the answer', (engine) => {
  let service: Service
  let user: TestUser
  let turn = 0
  let metricsUrl: string
  before(async () => {
    const port = String(await freePort())
    metricsUrl = `http://127.0.0.1:${port}/metrics`
    service = await engine.start({
      ...{ ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_PROXIES: '127.0.0.1', ROSTER_METRICS_PORT: port },
    })
    user = await service.createUser()
  })
  const hashing = async () => {
    const text = await (await fetch(metricsUrl)).text()
    return Number(/^roster_hashes_work_seconds (.*)$/m.exec(text)?.[1])
  }

  const workOf = async (ask: (address: string) => Promise<{ status: number }>, status: number) => {
    await service.roster.signIn.settled()
    turn += 1
    const before = await hashing()
    heard = []
    written = 0
    keyedHashes = 0
    const answer = await ask(`10.0.${turn >> 8}.${turn & 255}`)
    // Statements that are sent together end in any order.
    const work = [...heard.toSorted(), `${written} rows written`, `${keyedHashes} keyed hashes`]
    work.push(`hashes for ${((await hashing()) - before).toFixed(3)} s`)
    assert.equal(answer.status, status)
    assert.ok(work.length > 1)
    return work
  }
  /** What runs in the background can get between: the same difference five times is one. */
  const assertEqualWork = async (known: () => Promise<string[]>, unknown: () => Promise<string[]>) => {
    for (let round = 0; ; round += 1) {
      const [some, others] = [await known(), await unknown()]
      if (round === 4) assert.deepEqual(some, others)
      if (JSON.stringify(some) === JSON.stringify(others)) return
    }
  }
  const signIn = (name: string) => () =>
    workOf((address) => login(service, name, 'wrong password', address), 401)

  it('a sign-in does the same work for an unknown name', async () => {
    await assertEqualWork(signIn(user.username), signIn('nobody-at-all'))
    await assertEqualWork(signIn(user.email), signIn('nobody@example.com'))
  })

  it('a sign-in does the same work for a disabled account and for an account without a password', async () => {
    const admin = await service.admin()
    const disabled = await service.createUser()
    await service.call('PATCH', `/users/${disabled.id}`, { as: admin.token, body: { status: 'disabled' } })
    const username = 'without-password'
    await service.call('POST', '/users', {
      as: admin.token,
      body: { username, email: `${username}@example.com` },
    })
    await assertEqualWork(signIn(user.username), signIn(disabled.username))
    await assertEqualWork(signIn(user.username), signIn(username))
  })

  it('a sign-in does the same work after three hundred failures in an hour', async () => {
    for (let at = 0; at < 310; at += 1) service.roster.floods.hasRow('auth.login.failure', `name-${at}`)
    await assertEqualWork(signIn(user.username), signIn('nobody-again'))
  })

  for (const path of ['/auth/forgot-password', '/auth/verify-email/resend'])
    it(`POST ${path} does the same work for an unknown address`, async () => {
      const ask = (email: string) => () =>
        workOf(
          (address) =>
            service.call('POST', path, { body: { email }, headers: { 'x-forwarded-for': address } }),
          202,
        )
      await assertEqualWork(ask(user.email), ask('nobody@example.com'))
    })
})
