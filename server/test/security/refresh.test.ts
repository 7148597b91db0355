import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { passTime, shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service } from '../harness.ts'
import { countEvents, login, replicas } from './replicas.ts'

onBothEngines('refresh tokens', (engine) => {
  let here: Service
  let there: Service
  before(async () => {
    ;[here, there] = await replicas(engine, {})
  })
  const refresh = (service: Service, token: string) =>
    service.call('POST', '/auth/refresh', { body: { refresh_token: token } })
  const user = () => here.createUser()

  it('twenty concurrent uses give one successor, and no client is signed out', async () => {
    const { refresh: token } = await user()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => refresh(at % 2 ? here : there, token)),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1)
    assert.equal((await refresh(there, answers[0]!.body.refresh_token)).status, 200)
  })

  it('a use after the ten seconds ends the family for both sides', async () => {
    const families = await Promise.all(Array.from({ length: 20 }, user))
    const successors = await Promise.all(
      families.map(async ({ refresh: token }) => (await refresh(here, token)).body),
    )
    shiftClock(11)
    try {
      const reused = await Promise.all(families.map(({ refresh: token }) => refresh(there, token)))
      assert.deepEqual([...new Set(reused.map(({ body }) => body.code))], ['invalid_grant'])
      const later = await Promise.all(successors.map(({ refresh_token }) => refresh(here, refresh_token)))
      assert.deepEqual([...new Set(later.map(({ status }) => status))], [400])
      passTime(1)
      const access = await Promise.all(
        successors.map((pair) => here.call('GET', '/users/me', { as: pair.access_token })),
      )
      assert.deepEqual([...new Set(access.map(({ status }) => status))], [401])
      assert.equal(await countEvents(here, 'token.refresh_reuse'), 20)
    } finally {
      shiftClock(-11)
    }
  })

  it('a clock that was set back does not prolong the ten seconds', async () => {
    shiftClock(3600)
    const { refresh: token } = await user()
    assert.equal((await refresh(here, token)).status, 200)
    shiftClock(-3600)
    assert.equal((await refresh(there, token)).body.code, 'invalid_grant')
  })

  it('400 after seven idle days and after thirty in any case', async () => {
    const day = 24 * 3600
    const idle = await user()
    shiftClock(7 * day + 1)
    const refused = await refresh(here, idle.refresh)
    shiftClock(-(7 * day + 1))
    assert.equal(refused.body.code, 'invalid_grant')
    let { refresh: token } = await user()
    let shifted = 0
    try {
      for (let week = 0; week < 5; week += 1) {
        const answer = await refresh(here, token)
        assert.equal(answer.status, 200, `after ${week * 6} days`)
        token = answer.body.refresh_token
        shiftClock(6 * day)
        shifted += 6 * day
      }
      shiftClock(60)
      shifted += 60
      assert.equal((await refresh(here, token)).body.code, 'invalid_grant', 'after thirty days')
    } finally {
      shiftClock(-shifted)
    }
  })

  it('400 for a value that is no refresh token', async () => {
    const { token, refresh: good } = await user()
    for (const wrong of [token, 'x', `${good}x`, good.replace('rt_', 'rk_'), `rt_${'A'.repeat(43)}`])
      assert.deepEqual((await refresh(here, wrong)).body.code, 'invalid_grant')
  })

  it('the 51st session ends the oldest; sessions of others are not found', async () => {
    const owner = await user()
    for (let at = 0; at < 50; at += 1)
      assert.equal((await login(here, owner.username, password, '')).status, 200)
    assert.equal((await refresh(here, owner.refresh)).status, 400)
    assert.equal(await countEvents(here, 'session.limit_exceeded', owner.id), 1)
    const last = (await login(here, owner.username, password, '')).body
    const { body: open } = await here.call('GET', '/users/me/sessions', { as: last.access_token })
    assert.equal(open.length, 50)
    const stranger = await user()
    const path = (id: string) => `/users/${id}/sessions/${open[1].id}`
    assert.equal((await here.call('DELETE', path('me'), { as: stranger.token })).status, 404)
    assert.equal((await here.call('DELETE', path(owner.id), { as: stranger.token })).status, 404)
    assert.equal((await here.call('DELETE', path('me'), { as: last.access_token })).status, 204)
    assert.equal((await here.call('DELETE', path('me'), { as: last.access_token })).status, 404)
  })
})
