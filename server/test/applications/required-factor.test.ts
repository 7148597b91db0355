import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { fromNow, nowMs } from '../../src/clock.ts'
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
  /** The grace of the user is over. */
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
    service.roster.features.sessions.forgetAll()
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
})
