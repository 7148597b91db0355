import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { fromNow, nowMs, shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import * as party from './relying-party.ts'

onBothEngines('an application whose user has to have a second factor', (engine) => {
  let service: Service
  let registered: party.Registered
  let user: TestUser
  before(async () => {
    service = await engine.start()
    registered = await party.register(service, { first_party: true })
    const role = { name: 'cashier', permissions: [], second_factor_required: true }
    await service.call('POST', '/roles', { as: (await service.admin()).token, body: role })
    user = await service.createUser({ roles: ['cashier'] })
  })
  /** The grace period of the user has ended. */
  const endGrace = async () => {
    const since = fromNow(-8 * 24 * 3600)
    await service.roster.database.transaction((tx) =>
      tx.updateTable('factor_duties').set({ since }).where('user_id', '=', user.id).execute(),
    )
    return (await service.call('POST', '/auth/login', { body: { username: user.username, password } })).body
      .access_token as string
  }

  it('gets the user within the grace, and after it only with a factor', async () => {
    const config = await party.connect(service, registered)
    const { tokens, browser } = await party.signIn(service, config, user.token)
    assert.ok(tokens.id_token)
    const late = await endGrace()
    const again = await party.authorize(service, config, late)
    assert.doesNotMatch(again.landing.location?.href ?? '', /code=/)
    service.roster.features.rights.forgetAll()
    const remembered = await party.authorize(service, config, user.token, {}, browser)
    assert.doesNotMatch(
      remembered.landing.location?.href ?? '',
      /code=/,
      'also where the user signed in before',
    )
    const begun = await service.call('POST', '/users/me/totp', { as: late })
    const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
    const body = { code }
    assert.equal((await service.call('PUT', '/users/me/totp', { as: late, body })).status, 200)
    assert.ok((await party.signIn(service, config, late)).tokens.id_token)
  })

  it('learns how the user signed in, and gets two factors when it asks for them', async () => {
    const careful = await service.createUser()
    const begun = await service.call('POST', '/users/me/totp', { as: careful.token })
    const totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) })
    const code = () => totp.generate({ timestamp: nowMs() })
    await service.call('PUT', '/users/me/totp', { as: careful.token, body: { code: code() } })
    const config = await party.connect(service, registered)
    const sessionOf = async () => {
      const { body } = await service.call('GET', '/users/me/sessions', { as: careful.token })
      const { acr, amr, auth_time } = body[0]
      return { acr, amr, auth_time: Math.floor(Date.parse(auth_time) / 1000) }
    }
    const levelOf = ({ tokens }: Awaited<ReturnType<typeof party.signIn>>) => {
      const { acr, amr, auth_time } = tokens.claims()!
      return { acr, amr, auth_time }
    }
    const first = await party.signIn(service, config, careful.token)
    assert.deepEqual(levelOf(first), await sessionOf())
    assert.deepEqual([levelOf(first).acr, levelOf(first).amr], ['aal1', ['pwd']])

    const asked = { acr_values: 'aal2' }
    const { landing } = await party.authorize(service, config, careful.token, asked, first.browser)
    assert.match(landing.location?.href ?? '', /\/sign-in\?.*second_factor=true/)
    const silent = { ...asked, prompt: 'none' }
    assert.equal(
      levelOf(await party.signIn(service, config, careful.token, silent, first.browser)).acr,
      'aal1',
    )

    shiftClock(60)
    const proven = await service.call('POST', '/auth/step-up', {
      as: careful.token,
      body: { totp: code() },
    })
    assert.equal(proven.status, 200, proven.text)
    const second = levelOf(await party.signIn(service, config, careful.token, asked, first.browser))
    assert.deepEqual(second, await sessionOf())
    assert.deepEqual([second.acr, second.amr], ['aal2', ['pwd', 'otp', 'mfa']])
    assert.ok(Number(second.auth_time) - Number(levelOf(first).auth_time) >= 60)
    const fresh = { max_age: '30' }
    assert.ok((await party.signIn(service, config, careful.token, fresh, first.browser)).tokens.id_token)
    // The library reads the clock of the machine.
    const proven_at = new Date(Date.now() - 40_000).toISOString()
    await service.roster.database.transaction((tx) =>
      tx.updateTable('sessions').set({ proven_at }).where('user_id', '=', careful.id).execute(),
    )
    const late = await party.authorize(service, config, careful.token, fresh, first.browser)
    assert.match(late.landing.location?.href ?? '', /\/sign-in\?/)

    const plain = await service.createUser()
    assert.equal(levelOf(await party.signIn(service, config, plain.token, asked)).acr, 'aal1')
  })
})
