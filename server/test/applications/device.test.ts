/** Device Authorization Grant (RFC 8628): a device shows a code, its user types it in a browser. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import * as client from 'openid-client'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { createBrowser, patiently } from './browser.ts'
import { connect, publicUrl, type Registered, register } from './relying-party.ts'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

onBothEngines('a device', (engine) => {
  let service: Service
  let user: TestUser
  let application: Registered
  let config: client.Configuration
  before(async () => {
    service = await engine.start()
    user = await service.createUser({ username: 'ann', roles: ['user'] })
    application = await register(service, { kind: 'device', name: 'TV', redirect_uris: [] })
    config = await connect(service, application)
  })

  const login = async (): Promise<string> =>
    (await service.call('POST', '/auth/login', { body: { username: 'ann', password } })).body.access_token
  const begin = () => client.initiateDeviceAuthorization(config, { scope: 'openid profile' })
  const redeem = (device_code: string, by = config) =>
    client.genericGrantRequest(by, deviceGrant, { device_code })
  const errorOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'redeemed',
      (error) => error.error as string,
    )
  const xsrfOf = (text: string) => /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
  /** Types the code and presses a button on the page that follows. */
  const type = async (code: string, button: 'confirm' | 'abort', as?: string) => {
    const browser = createBrowser(service.url, publicUrl, as ?? (await login()))
    const first = await browser.follow('/oauth2/device')
    const asked = await browser.follow('/oauth2/device', { xsrf: xsrfOf(first.text), user_code: code })
    if (!asked.text.includes('name="confirm"')) return asked
    return browser.follow('/oauth2/device', { xsrf: xsrfOf(asked.text), user_code: code, [button]: 'yes' })
  }

  it('waits until the user has typed the code, and stays connected when the user signs out in the browser', async () => {
    const started = await begin()
    assert.equal(started.verification_uri, `${publicUrl}/oauth2/device`)
    assert.equal(await errorOf(redeem(started.device_code)), 'authorization_pending')
    assert.match((await type('AAAA-AAAA', 'confirm')).text, /This code is not right/)
    const german = await patiently(`${service.url}/oauth2/device`, {
      headers: { accept: 'text/html', 'accept-language': 'de-CH, en;q=0.5' },
    })
    assert.match(await german.text(), /Geben Sie den Code ein/)
    const as = await login()
    assert.match((await type(started.user_code.toLowerCase(), 'confirm', as)).text, /Device connected/)
    const tokens = await redeem(started.device_code)
    assert.equal((await client.fetchUserInfo(config, tokens.access_token, user.id)).sub, user.id)
    assert.match((await type(started.user_code, 'confirm')).text, /not right|used before/)

    await service.call('POST', '/auth/logout', { as })
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token!)
    const path = `/users/me/connected-applications/${application.client_id}`
    assert.equal((await service.call('DELETE', path, { as: await login() })).status, 204)
    assert.equal(await errorOf(client.refreshTokenGrant(config, renewed.refresh_token!)), 'invalid_grant')
  })

  it('is connected, and a fault told, on pages in the language that the signed-in user chose', async () => {
    const { token } = await service.createUser({ username: 'greta' })
    const chosen = await service.call('PATCH', '/users/me', { as: token, body: { locale: 'de-CH' } })
    assert.equal(chosen.status, 200)
    const languageAt = async (path: string, more: Record<string, string> = {}) => {
      const headers = { accept: 'text/html', 'accept-language': 'en', ...more }
      const page = await patiently(`${service.url}${path}`, { headers })
      return /<html lang="(\w+)">/.exec(await page.text())?.[1]
    }
    for (const path of ['/oauth2/device', '/oauth2/logout?id_token_hint=none']) {
      assert.equal(await languageAt(path, { authorization: `Bearer ${token}` }), 'de')
      assert.equal(await languageAt(path), 'en')
    }
  })

  it('gets tokens once when requests race; the code is used up then', async () => {
    const started = await begin()
    await type(started.user_code, 'confirm')
    const raced = await Promise.allSettled(Array.from({ length: 8 }, () => redeem(started.device_code)))
    // A second use ends what the first one got, which can happen before the first one has its answer.
    assert.ok(raced.filter(({ status }) => status === 'fulfilled').length <= 1)
    assert.equal(await errorOf(redeem(started.device_code)), 'invalid_grant')
  })

  it('learns that the user denied it', async () => {
    const started = await begin()
    assert.match((await type(started.user_code, 'abort')).text, /not connected/)
    assert.equal(await errorOf(redeem(started.device_code)), 'access_denied')
  })

  it('has a link with the code, which the user sends by a button', async () => {
    const started = await begin()
    const browser = createBrowser(service.url, publicUrl, await login())
    const page = await browser.follow(started.verification_uri_complete!)
    assert.ok(page.text.includes(`value="${started.user_code}"`), page.text)
    assert.ok(!page.text.includes('<script'))
    const forged = await browser.follow('/oauth2/device', {
      xsrf: 'x',
      user_code: started.user_code,
      confirm: 'yes',
    })
    assert.doesNotMatch(forged.text, /Device connected/)
    assert.equal(await errorOf(redeem(started.device_code)), 'authorization_pending')
  })

  it('cannot be one for which the application was not registered, or another application', async () => {
    const web = await connect(service, await register(service))
    assert.equal(
      await errorOf(client.initiateDeviceAuthorization(web, { scope: 'openid' })),
      'invalid_request',
    )
    const other = await connect(service, await register(service, { kind: 'device', redirect_uris: [] }))
    const started = await begin()
    await type(started.user_code, 'confirm')
    assert.equal(await errorOf(redeem(started.device_code, other)), 'invalid_grant')
  })

  it('is refused to a user who may not use the application', async () => {
    const admins = await register(service, { kind: 'device', redirect_uris: [], roles: ['admin'] })
    const own = await connect(service, admins)
    const started = await client.initiateDeviceAuthorization(own, { scope: 'openid' })
    assert.match((await type(started.user_code, 'confirm')).text, /not connected/)
    assert.equal(await errorOf(redeem(started.device_code, own)), 'access_denied')
  })
})
