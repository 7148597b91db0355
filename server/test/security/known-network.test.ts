import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { fromNow, nowMs, shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service } from '../harness.ts'
import { login, replicas } from './replicas.ts'

const limits = { ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_PROXIES: '127.0.0.1' }
const day = 86_400

onBothEngines('an account that strangers attack', (engine) => {
  let here: Service
  let there: Service
  before(async () => {
    ;[here, there] = await replicas(engine, limits)
  })
  /** Wrong passwords from enough networks that all networks have to wait, for a quarter of an hour. */
  const attack = async (...names: string[]) => {
    for (const name of names)
      for (let batch = 0; batch < 3; batch += 1)
        await Promise.all(
          Array.from({ length: 10 }, (_, at) =>
            login(here, name, 'wrong password', `192.0.2.${batch * 10 + at}`),
          ),
        )
    const { numUpdatedRows } = await here.roster.database.transaction((tx) =>
      tx
        .updateTable('attempts')
        .set({ blocked_until: fromNow(900) })
        .where('key', 'like', 'name:%')
        .where('blocked_until', 'is not', null)
        .executeTakeFirst(),
    )
    assert.ok(Number(numUpdatedRows) >= names.length)
  }
  const enter = async (name: string, address: string) => (await login(there, name, password, address)).status
  const home = '203.0.113.1'

  it('accepts the right password from networks of recent sign-ins, under each of its names, and from no other network', async () => {
    const user = await here.createUser()
    assert.equal(await enter(user.username, home), 200)
    await attack(user.username, user.email)
    for (const name of [user.username, user.email]) {
      assert.equal(await enter(name, '198.51.100.1'), 429, 'a network that it does not know')
      assert.equal(await enter(name, home), 200, name)
    }
    assert.equal(await enter(user.username, '198.51.100.1'), 429, 'entering from home frees nobody else')
    const other = await here.createUser()
    await attack(other.username)
    assert.equal(await enter(other.username, home), 429, 'the network is known to one account')
  })

  it('is bounded from there as well: five wrong ones, then a wait', async () => {
    const user = await here.createUser()
    const office = '203.0.113.2'
    assert.equal(await enter(user.username, office), 200)
    const statuses: number[] = []
    for (let at = 0; at < 6; at += 1)
      statuses.push((await login(here, user.username, 'wrong password', office)).status)
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429])
    assert.equal(await enter(user.username, office), 429)
  })

  it('a wrong password makes no network known, and after thirty days it is forgotten', async () => {
    const user = await here.createUser()
    await login(here, user.username, 'wrong password', '203.0.113.3')
    assert.equal(await enter(user.username, '203.0.113.4'), 200)
    shiftClock(31 * day)
    try {
      await attack(user.username)
      for (const address of ['203.0.113.3', '203.0.113.4'])
        assert.equal(await enter(user.username, address), 429, address)
    } finally {
      shiftClock(-31 * day)
    }
  })

  it('a right password makes no network known before the second factor is given', async () => {
    const user = await here.createUser()
    const begun = await here.call('POST', '/users/me/totp', {
      as: user.token,
      body: { current_password: password },
    })
    const app = new TOTP({ secret: Secret.fromBase32(begun.body.secret) })
    const code = () => app.generate({ timestamp: nowMs() })
    await here.call('PUT', '/users/me/totp', { as: user.token, body: { code: code() } })
    shiftClock(30)
    const thief = '203.0.113.5'
    const own = '203.0.113.6'
    assert.equal(await enter(user.username, thief), 401, 'asked for the second factor')
    const { body } = await login(there, user.username, password, own)
    const headers = { 'x-forwarded-for': own }
    const answer = { challenge: body.challenge, totp: code() }
    assert.equal((await there.call('POST', '/auth/login/continue', { headers, body: answer })).status, 200)
    await attack(user.username)
    assert.equal(await enter(user.username, thief), 429)
    assert.equal(await enter(user.username, own), 401, 'asked for the second factor')
    shiftClock(-30)
  })

  it('the password of a session that confirms a change makes no network known', async () => {
    const user = await here.createUser()
    const elsewhere = '203.0.113.7'
    const stepUp = await here.call('POST', '/auth/step-up', {
      as: user.token,
      body: { password },
      headers: { 'x-forwarded-for': elsewhere },
    })
    assert.equal(stepUp.status, 200)
    await attack(user.username)
    assert.equal(await enter(user.username, elsewhere), 429)
  })
})
