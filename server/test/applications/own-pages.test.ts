/** Each page that a browser can meet between an application and the service, in both languages. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { startVisits, type Visits, violations } from '../browser/console/console.ts'
import { createEngine, password, type Service, type TestUser } from '../harness.ts'
import { startAtKnownOrigin } from '../known-origin.ts'

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
const texts = {
  en: {
    allow: 'Allow',
    next: 'Continue',
    out: 'Sign out',
    deny: 'Deny',
    stay: 'Stay signed in',
    back: 'Back to Wiki',
  },
  de: {
    allow: 'Erlauben',
    next: 'Weiter',
    out: 'Abmelden',
    deny: 'Ablehnen',
    stay: 'Angemeldet bleiben',
    back: 'Zurück zu Wiki',
  },
}

describe('the pages between an application and the service', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let visits: Visits
  let application: Server
  let service: Service
  let origin: string
  let callback: string
  let wiki: string
  let tv: string
  /** What the application got: by a form, or in the address. */
  const got: { method: string; form: URLSearchParams }[] = []
  before(async () => {
    visits = await startVisits()
    application = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const sent = await new Response(request as never).text()
      if (url.pathname === '/callback')
        got.push({
          method: request.method!,
          form: request.method === 'POST' ? new URLSearchParams(sent) : url.searchParams,
        })
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Wiki</title><h1>Wiki</h1>')
    })
    await new Promise<void>((resolve) => application.listen(0, resolve))
    callback = `http://localhost:${(application.address() as AddressInfo).port}/callback`
    ;({ service, origin } = await startAtKnownOrigin(engine))
    const { token } = await service.admin()
    const register = async (fields: object) => {
      const made = await service.call('POST', '/applications', { as: token, body: fields })
      assert.equal(made.status, 201, made.text)
      return made.body.client_id as string
    }
    wiki = await register({
      ...{ name: 'Wiki', kind: 'web', first_party: false },
      ...{ redirect_uris: [callback], post_logout_redirect_uris: [callback] },
    })
    tv = await register({ name: 'TV', kind: 'device' })
  })
  after(async () => {
    await visits.close()
    application.close()
    await cleanUp()
  })

  const authorize = (parameters: Record<string, string> = {}) =>
    `${origin}/oauth2/authorize?${new URLSearchParams({
      ...{ client_id: wiki, redirect_uri: callback, response_type: 'code', scope: 'openid', state: 'here' },
      ...parameters,
    })}`
  const signIn = async (page: Page, { username }: TestUser) => {
    await page.fill('input[autocomplete^=username]', username)
    await page.fill('input[type=password]', password)
    await page.keyboard.press('Enter')
  }
  const startDevice = async () => {
    const body = new URLSearchParams({ client_id: tv, scope: 'openid' })
    return (
      await fetch(`${origin}/oauth2/device-authorization`, { method: 'POST', body })
    ).json() as Promise<{
      verification_uri_complete: string
    }>
  }

  for (const language of ['en', 'de'] as const) {
    const say = texts[language]
    const named = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

    /** A browser that keeps the policies of the pages and what they complained about. */
    const open = async (options: Parameters<Visits['browser']['newContext']>[0] = {}) => {
      const context = await visits.browser.newContext({ locale: language, ...options })
      const page = await context.newPage()
      const complaints: string[] = []
      const policies = new Map<string, string>()
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
      })
      page.on('response', (answer) => {
        policies.set(answer.url(), answer.headers()['content-security-policy'] ?? '')
      })
      /** The page that is shown is ours, in the language of the browser, and accessible. */
      const check = async (name: string, expected = policy) => {
        await page.locator('h1').waitFor()
        const html = await page.content()
        const of = `${name} in ${language}: ${html}`
        assert.match(html, new RegExp(`<html lang="${language}">`), of)
        assert.match(html, /<link rel="stylesheet" href="\/pages\/pages\.css">/, of)
        assert.doesNotMatch(html, /<script(?! src=)|<style|\sstyle=|\son\w+="/, of)
        assert.equal(policies.get(page.url()), expected, of)
        assert.deepEqual(await violations(page), [], of)
        assert.deepEqual(complaints, [], of)
      }
      return { context, page, check }
    }
    /** The script that sends forms does not load: the page stays. */
    const stay = (context: BrowserContext) => context.route('**/pages/send-form.js', (route) => route.abort())

    it(`are ours, with a strict policy and without faults of accessibility, in ${language}`, async () => {
      const { context, page, check } = await open()

      await page.goto(authorize({ redirect_uri: 'http://localhost/elsewhere' }))
      await check('a request that is refused')
      await page.goto(`${origin}/oauth2/logout?id_token_hint=none`)
      await check('a logout that is refused')
      await page.goto(`${origin}/oauth2/interaction/none`)
      await check(
        'an unknown step',
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      await page.goto(`${origin}/oauth2/authorize/none`)
      await check('an unknown return')

      await stay(context)
      await page.goto(
        `${origin}/oauth2/logout?client_id=${wiki}&post_logout_redirect_uri=${callback}&state=bye`,
      )
      await check('a logout without a session')
      await named(page, say.next).click()
      await page.getByRole('heading', { name: 'Wiki' }).waitFor()
      assert.equal(got.at(-1)?.form.get('state'), 'bye')

      await page.goto(`${origin}/oauth2/device`)
      await check('the form for a code')
      await page.fill('#code', 'wrong')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').waitFor()
      await check('a wrong code')
      await page.goto((await startDevice()).verification_uri_complete)
      await check('a link with a code')
      await named(page, say.next).click()
      await named(page, say.allow).waitFor()
      await check('the question for a device')
      await named(page, say.deny).click()
      await page.getByRole('status').waitFor()
      await check('a device that was denied')

      await page.goto(authorize({ response_mode: 'form_post' }))
      await signIn(page, await service.createUser())
      await named(page, say.allow).waitFor()
      await check('the consent')
      await named(page, say.allow).click()
      await page.getByRole('heading', { name: say.back }).waitFor()
      await check('an answer by a form')
      await named(page, say.next).click()
      await page.getByRole('heading', { name: 'Wiki', exact: true }).waitFor()
      const { method, form } = got.at(-1)!
      assert.deepEqual([method, form.get('state'), form.get('iss')], ['POST', 'here', origin])
      assert.ok(form.get('code'))
      await page.goto(authorize({ response_mode: 'form_post', prompt: 'none', scope: 'openid email' }))
      await check('a fault by a form')
      await named(page, say.next).click()
      await page.getByRole('heading', { name: 'Wiki', exact: true }).waitFor()
      assert.equal(got.at(-1)?.form.get('error'), 'consent_required')

      await page.goto((await startDevice()).verification_uri_complete)
      await named(page, say.next).click()
      await named(page, say.allow).click()
      await page.getByRole('status').waitFor()
      await check('a connected device')

      await page.goto(`${origin}/oauth2/logout`)
      await check('the question before a logout')
      await named(page, say.out).click()
      await page.getByRole('status').waitFor()
      await check('the end of a logout')
    })

    it(`ask before they end a session that no application has used, in ${language}`, async () => {
      const { context, page, check } = await open()
      await page.goto(`${origin}/sign-in`)
      await signIn(page, await service.createUser())
      await page.waitForURL(/\/(console|account)/)
      await page.goto(`${origin}/oauth2/logout`)
      await check('the question before a logout')
      const isSignedIn = async () => (await context.request.get(`${origin}/auth/session`)).status() === 200
      await named(page, say.stay).click()
      await page.waitForURL(/\/(console|account)/)
      assert.ok(await isSignedIn())
      await page.goto(`${origin}/oauth2/logout`)
      await named(page, say.out).click()
      await page.getByRole('status').waitFor()
      assert.ok(!(await isSignedIn()))
    })

    it(`send forms by themselves where scripts run, and by a button where none do, in ${language}`, async () => {
      const query = new URLSearchParams({ client_id: wiki, post_logout_redirect_uri: callback })
      const { page } = await open()
      await page.goto(`${origin}/oauth2/logout?${query}&state=by-script`)
      await page.getByRole('heading', { name: 'Wiki', exact: true }).waitFor()
      assert.equal(got.at(-1)?.form.get('state'), 'by-script')
      const without = await open({ javaScriptEnabled: false })
      await without.page.goto(`${origin}/oauth2/logout?${query}&state=by-hand`)
      await named(without.page, say.next).click()
      await without.page.getByRole('heading', { name: 'Wiki', exact: true }).waitFor()
      assert.equal(got.at(-1)?.form.get('state'), 'by-hand')
    })
  }
})
