import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { startVisits, takePicture, type Visits, violations } from '../browser/console/console.ts'
import { createEngine, password } from '../harness.ts'
import { startAtKnownOrigin } from '../known-origin.ts'

/** What the application sees of its callback. */
type Callback = { code: string | null; error: string | null; state: string | null }

describe('a sign-in to an application in a browser', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let visits: Visits
  let application: Server
  let callbacks: Callback[]
  before(async () => {
    visits = await startVisits()
    application = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
      const [code, error, state] = ['code', 'error', 'state'].map((name) => searchParams.get(name))
      if (pathname === '/callback') callbacks.push({ code: code!, error: error!, state: state! })
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Wiki</title>')
    })
    await new Promise<void>((resolve) => application.listen(0, resolve))
  })
  after(async () => {
    await visits.close()
    application.close()
    await cleanUp()
  })

  it('leads through sign-in and consent back to the application; signing out ends the session', async () => {
    callbacks = []
    const { service, origin } = await startAtKnownOrigin(engine)
    const admin = await service.admin()
    const callback = `http://localhost:${(application.address() as AddressInfo).port}/callback`
    const { body } = await service.call('POST', '/applications', {
      as: admin.token,
      body: { name: 'Wiki', kind: 'web', first_party: false, redirect_uris: [callback] },
    })
    const page = await (await visits.browser.newContext()).newPage()
    const query = new URLSearchParams({
      client_id: body.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid email',
      state: 'here',
    })
    const authorize = `${origin}/oauth2/authorize?${query}`

    await page.goto(authorize)
    assert.equal(new URL(page.url()).pathname, '/sign-in')
    await page.fill('input[autocomplete^=username]', 'admin')
    await page.fill('input[type=password]', password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Wiki asks for access' }).waitFor()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL(`${callback}**`)
    assert.equal(callbacks.length, 1)
    assert.ok(callbacks[0]!.code)
    assert.equal(callbacks[0]!.state, 'here')

    await page.goto(authorize)
    await page.waitForURL(`${callback}**`)
    assert.ok(callbacks[1]!.code, 'the consent is remembered')

    await page.goto(`${origin}/account/security`)
    const wiki = page.getByRole('listitem').filter({ hasText: 'Wiki' })
    await wiki.getByText('e-mail address').waitFor()
    await takePicture(page, 'connected-applications')
    assert.deepEqual(await violations(page), [])
    await wiki.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await wiki.waitFor({ state: 'detached' })
    await page.goto(authorize)
    await page.getByRole('heading', { name: 'Wiki asks for access' }).waitFor()

    await page.goto(`${origin}/oauth2/logout`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Signed out' }).waitFor()
    await page.goto(authorize)
    assert.equal(new URL(page.url()).pathname, '/sign-in')
  })

  it('asks for the password again when the application wants a new sign-in, and not at all with prompt=none', async () => {
    callbacks = []
    const { service, origin } = await startAtKnownOrigin(engine)
    const callback = `http://localhost:${(application.address() as AddressInfo).port}/callback`
    const { body } = await service.call('POST', '/applications', {
      as: (await service.admin()).token,
      body: { name: 'Wiki', kind: 'browser', redirect_uris: [callback] },
    })
    let page = await (await visits.browser.newContext()).newPage()
    const ask = async (parameters: Record<string, string>) => {
      const query = new URLSearchParams({
        client_id: body.client_id,
        redirect_uri: callback,
        response_type: 'code',
        scope: 'openid',
        code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
        code_challenge_method: 'S256',
        ...parameters,
      })
      await page.goto(`${origin}/oauth2/authorize?${query}`)
      return new URL(page.url()).pathname
    }
    const signIn = async () => {
      await page.fill('input[type=password]', password)
      await page.keyboard.press('Enter')
      await page.waitForURL(`${callback}**`)
    }
    assert.equal(await ask({ prompt: 'none' }), '/callback')
    assert.equal(callbacks.at(-1)?.error, 'login_required')

    assert.equal(await ask({ login_hint: 'admin' }), '/sign-in')
    assert.equal(await page.inputValue('input[autocomplete^=username]'), 'admin')
    await signIn()
    for (const parameters of [{ prompt: 'none' }, { max_age: '3600' }] as const) {
      assert.equal(await ask(parameters), '/callback')
      assert.ok(callbacks.at(-1)?.code)
    }
    for (const parameters of [{ prompt: 'login' }, { max_age: '0' }] as const) {
      page = await (await visits.browser.newContext()).newPage()
      shiftClock(-3)
      assert.equal(await ask({ login_hint: 'admin' }), '/sign-in')
      await signIn()
      shiftClock(3)
      const { length } = callbacks
      assert.equal(await ask({ ...parameters, login_hint: 'admin' }), '/sign-in')
      await page.goto(page.url())
      assert.equal(callbacks.length, length)
      await signIn()
      assert.ok(callbacks.at(-1)?.code)
    }
  })

  it('names the application on the sign-in page, as text, and only for the browser that came from it', async () => {
    callbacks = []
    const { service, origin } = await startAtKnownOrigin(engine)
    const callback = `http://localhost:${(application.address() as AddressInfo).port}/callback`
    const name = 'Wiki <img src=x onerror=alert(1)> & $& more'
    const { body } = await service.call('POST', '/applications', {
      as: (await service.admin()).token,
      body: { name, kind: 'web', redirect_uris: [callback] },
    })
    const context = await visits.browser.newContext({ locale: 'en-US' })
    const page = await context.newPage()
    const parameters = { client_id: body.client_id, redirect_uri: callback, response_type: 'code' }
    await page.goto(`${origin}/oauth2/authorize?${new URLSearchParams({ ...parameters, scope: 'openid' })}`)
    await page.getByRole('heading', { name: `Sign in to continue to ${name}`, exact: true }).waitFor()
    assert.equal(await page.locator('img').count(), 0)
    await takePicture(page, 'sign-in-for-application')
    assert.deepEqual(await violations(page), [])
    await page.getByLabel('Language').selectOption('Deutsch')
    await page.getByRole('heading', { name: `Anmelden und weiter zu ${name}`, exact: true }).waitFor()

    const stranger = await (await visits.browser.newContext({ locale: 'en-US' })).newPage()
    const made = `${origin}/sign-in?application=Bank&name=Bank&return_to=/oauth2/interaction/Bank`
    for (const address of [page.url(), made]) {
      await stranger.goto(address)
      assert.equal(await stranger.getByRole('heading').first().textContent(), 'Sign in')
    }

    await page.fill('input[autocomplete^=username]', 'admin')
    await page.fill('input[type=password]', password)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${callback}**`)
    assert.ok(callbacks[0]?.code)
  })

  it('connects a device whose code the user types', async () => {
    const { service, origin } = await startAtKnownOrigin(engine)
    const { body } = await service.call('POST', '/applications', {
      as: (await service.admin()).token,
      body: { name: 'TV', kind: 'device' },
    })
    const post = async (path: string, form: Record<string, string>) =>
      (await fetch(`${origin}${path}`, { method: 'POST', body: new URLSearchParams(form) })).json()
    const { client_id } = body
    const started = await post('/oauth2/device-authorization', { client_id, scope: 'openid' })
    const page = await (await visits.browser.newContext()).newPage()
    await page.goto(started.verification_uri)
    await page.fill('#code', 'wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.goto(started.verification_uri_complete)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText(started.user_code).waitFor()
    await takePicture(page, 'device')
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.fill('input[autocomplete^=username]', 'admin')
    await page.fill('input[type=password]', password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Device connected' }).waitFor()
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    const tokens = await post('/oauth2/token', { client_id, grant_type, device_code: started.device_code })
    assert.ok(tokens.access_token, JSON.stringify(tokens))
  })
})
