import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { fromNow } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { countEvents, login } from './replicas.ts'

const limits = { ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_PROXIES: '127.0.0.1' }
const times = (count: number) => Array.from({ length: count }, (_, at) => at)

onBothEngines('rate limits of sign-ins and sign-ups', (engine) => {
  let service: Service
  before(async () => {
    service = await engine.start(limits)
  })

  it('right sign-ins do not count: forty in a row succeed from one address', async () => {
    const user = await service.createUser()
    for (const at of times(40)) {
      const { status } = await login(service, user.username, password, '198.51.100.1')
      assert.equal(status, 200, `sign-in ${at}`)
    }
  })

  it('forty people sign in from one address for the first time', async () => {
    for (const at of times(40)) {
      const { username } = await service.createUser()
      const { status } = await login(service, username, password, '198.51.100.2')
      assert.equal(status, 200, `person ${at}`)
    }
  })

  it('an IPv6 site of many /64 networks has a limit of its own', async () => {
    const statuses: number[] = []
    for (const at of times(22)) {
      await service.roster.database.transaction((tx) =>
        tx
          .updateTable('attempts')
          .set({ count: 398 + Math.min(at, 1) })
          .where('key', 'like', 'network-hourly-2:%')
          .execute(),
      )
      const address = `2001:db8:77:${(at * 256).toString(16)}::1`
      statuses.push((await login(service, `site-${at}`, 'wrong password', address)).status)
    }
    assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429], String(statuses))
  })

  it('a plain user signs others up within the limit of anonymous callers', async () => {
    const { token } = await service.createUser()
    const headers = { 'x-forwarded-for': '198.51.100.3' }
    const statuses: number[] = []
    // Refused for its fields: a limit counts before a body is read.
    for (const _ of times(61))
      statuses.push((await service.call('POST', '/users', { as: token, body: {}, headers })).status)
    assert.deepEqual([statuses[59], statuses[60]], [400, 429])
    const admin = await service.admin()
    const made = await service.call('POST', '/users', { as: admin.token, body: {}, headers })
    assert.equal(made.status, 400, 'an administrator is not counted')
  })
})

onBothEngines('a trusted back end', (engine) => {
  it('names the address of its client; other callers cannot', async () => {
    const ask = (service: Service, at: number) =>
      service.call('POST', '/auth/login', {
        body: { username: `nobody-${at}`, password: 'wrong password' },
        headers: { 'roster-client-address': `203.0.113.${at}` },
      })
    const trusting = await engine.start({ ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_BACKENDS: '127.0.0.1' })
    for (const at of times(30)) assert.equal((await ask(trusting, at)).status, 401, `client ${at}`)
    const other = await engine.start({ ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_BACKENDS: '192.0.2.1' })
    const statuses: number[] = []
    for (const at of times(21)) statuses.push((await ask(other, at)).status)
    assert.equal(statuses[20], 429)
  })
})

onBothEngines('no user can block the sign-in of another one', (engine) => {
  let service: Service
  before(async () => {
    service = await engine.start(limits)
    await service.admin()
  })
  const home = '203.0.113.1'
  const enter = async (name: string, address: string) =>
    (await login(service, name, password, address)).status
  const setFailures = (userId: string, failures: number) =>
    service.roster.database.transaction((tx) =>
      tx.updateTable('passwords').set({ failures }).where('user_id', '=', userId).execute(),
    )

  it('a hundred wrong passwords from unknown networks disable it there; a known network continues to work', async () => {
    const user = await service.createUser()
    assert.equal(await enter(user.username, home), 200)
    await setFailures(user.id, 99)
    assert.equal((await login(service, user.username, 'wrong password', '198.51.100.1')).status, 401)
    assert.equal(await countEvents(service, 'password.disabled_after_100', user.id), 1)
    assert.equal(await enter(user.username, '198.51.100.2'), 401, 'closed for strangers')
    for (const name of [user.username, user.email]) assert.equal(await enter(name, home), 200, name)
    assert.equal(await enter(user.username, '198.51.100.3'), 401, 'and stays so')
  })

  it('a hundred wrong passwords in a row from a known network make it unknown', async () => {
    const user = await service.createUser()
    const office = '203.0.113.2'
    assert.equal(await enter(user.username, office), 200)
    await setFailures(user.id, 100)
    await service.roster.database.transaction((tx) =>
      tx.updateTable('attempts').set({ count: 99 }).where('key', 'like', 'known:%').execute(),
    )
    assert.equal((await login(service, user.username, 'wrong password', office)).status, 401)
    assert.equal(await enter(user.username, office), 401)
  })

  it('a sign-in from an unknown network causes a mail, also with a known program and with Basic', async () => {
    const { id, username } = await service.createUser()
    const told = () => countEvents(service, 'auth.new_device', id)
    assert.equal(await enter(username, home), 200)
    const before = await told()
    assert.equal(await enter(username, home), 200)
    assert.equal(await told(), before, 'known by now')
    assert.equal(await enter(username, '198.51.100.41'), 200)
    assert.equal(await told(), before + 1)
    const basic = (address: string) =>
      service.call('GET', '/users/me', {
        as: { username, password },
        headers: { 'x-forwarded-for': address },
      })
    assert.equal((await basic('198.51.100.42')).status, 200)
    assert.equal(await told(), before + 2)
  })

  it('a user in an office who tries names does not block the others there', async () => {
    const user = await service.createUser()
    const office = '203.0.113.3'
    assert.equal(await enter(user.username, office), 200)
    for (const at of times(25)) await login(service, `nobody-${at}`, 'wrong password', office)
    assert.equal(await enter('nobody-30', office), 429)
    assert.equal(await enter(user.username, office), 200)
  })

  /** So that no wait ends during a test. */
  const wait = () =>
    service.roster.database.transaction((tx) =>
      tx
        .updateTable('attempts')
        .set({ blocked_until: fromNow(900) })
        .where('blocked_until', 'is not', null)
        .where((at) => at.or([at('key', 'like', 'name-%'), at('key', 'like', 'account-%')]))
        .execute(),
    )

  it('username and address of an account share five tries, and nothing tells that they do', async () => {
    const user = await service.createUser()
    const tries = async (names: readonly string[], address: string) => {
      const seen: string[] = []
      for (const name of names)
        for (const at of times(6)) {
          if (at === 5) await wait()
          const { status, body } = await login(service, name, 'wrong password', address)
          seen.push(`${status} ${body.code}`)
        }
      return seen
    }
    const seen = await tries([user.username, user.email], '198.51.100.11')
    assert.deepEqual(seen, await tries(['nobody-here', 'nobody@example.com'], '198.51.100.12'))
    assert.deepEqual(await failures(user), { wrong_password: 5, not_compared: 5 })
  })

  it('the only administrator cannot be switched off', async () => {
    const admin = await service.admin()
    await setFailures(admin.id, 99)
    await login(service, admin.username, 'wrong password', '198.51.100.21')
    assert.equal(await countEvents(service, 'password.disabled_after_100', admin.id), 0)
    assert.equal(await countEvents(service, 'authz.last_admin_blocked', admin.id), 1)
    assert.equal(await enter(admin.username, '198.51.100.22'), 200)
  })

  const failures = async (user: TestUser): Promise<Record<string, number>> => {
    await service.roster.signIn.settled()
    const rows = await service.roster.database.scan
      .selectFrom('audit_events')
      .select('reason')
      .where('type', '=', 'auth.login.failure')
      .where('target_id', '=', user.id)
      .execute()
    const counts: Record<string, number> = {}
    for (const { reason } of rows) counts[reason ?? ''] = (counts[reason ?? ''] ?? 0) + 1
    return counts
  }
})
