/** A public URL with a path, behind a real nginx that keeps the path and one that removes it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import * as client from 'openid-client'
import { createClient } from '../../../sdk/src/index.ts'
import { createBrowser, patiently } from '../applications/browser.ts'
import { startVisits, type Visits, violations } from '../browser/console/console.ts'
import { createEngine, password, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { freePort, nginx, startNginx } from './nginx.ts'

const docs = readFileSync(new URL('../../../docs/deploying.md', import.meta.url), 'utf8')
const example = /```nginx\n([\s\S]*?)```/.exec(docs)![1]!

describe('a public URL with a path', { skip: nginx === undefined && 'nginx is not installed' }, () => {
  const { engine, cleanUp } = createEngine('sqlite')
  let origin: string
  let stripping: string
  let service: Service
  let proxy: { stop(): Promise<void> }
  let smtp: Smtp
  let visits: Visits
  before(async () => {
    const [port, other] = [await freePort(), await freePort()]
    origin = `http://127.0.0.1:${port}`
    stripping = `http://127.0.0.1:${other}`
    smtp = await startSmtp()
    service = await engine.start({
      ROSTER_PUBLIC_URL: `${origin}/roster`,
      ROSTER_TRUSTED_PROXIES: '127.0.0.1',
      ROSTER_MAIL_URL: smtp.url,
    })
    const keeps = example.replaceAll('127.0.0.1:8000', new URL(service.url).host)
    const strips = keeps.replace(/(location \/roster\/ \{\s*proxy_pass [^;]+);/, '$1/;')
    assert.notEqual(strips, keeps)
    const at = (config: string, to: number) => config.replace('listen 8080', `listen 127.0.0.1:${to}`)
    proxy = await startNginx(`${at(keeps, port)}\n${at(strips, other)}`, other)
    visits = await startVisits()
  })
  after(async () => {
    await visits?.close()
    await proxy?.stop()
    await cleanUp()
    await smtp?.stop()
  })

  const through = async (place: string, path: string, accept = 'application/json', more: RequestInit = {}) =>
    patiently(`${place}${path}`, { redirect: 'manual', ...more, headers: { accept, ...more.headers } })

  it('answers below the path alone, whether the proxy keeps or removes it', async () => {
    const { token } = await service.admin()
    for (const place of [origin, stripping]) {
      const index = (await (await through(place, '/roster/')).json()) as { links: { openapi: string } }
      assert.equal(index.links.openapi, '/roster/openapi.json')
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const list = await through(place, '/roster/users?limit=1', 'application/json', { headers })
      assert.match(list.headers.get('link')!, new RegExp(`^<${origin}/roster/users\\?limit=1`))
      const body = JSON.stringify({ name: `reader-${place === origin}`, permissions: ['users:read'] })
      const made = await through(place, '/roster/roles', 'application/json', {
        method: 'POST',
        headers,
        body,
      })
      assert.equal(made.headers.get('location'), `/roster/roles/reader-${place === origin}`)
      const start = await through(place, '/roster/', 'text/html')
      assert.equal(start.headers.get('location'), '/roster/sign-in')
      const problem = (await (await through(place, '/roster/nothing')).json()) as { type: string }
      assert.equal(problem.type, `${origin}/roster/problems/not_found`)
      assert.equal((await through(place, '/sign-in')).headers.get('x-request-id'), null)
      const wellKnown = '/.well-known/oauth-authorization-server/roster'
      const metadata = (await (await through(place, wellKnown)).json()) as { issuer: string }
      assert.equal(metadata.issuer, `${origin}/roster`)
      const scim = await through(place, '/roster/scim/v2/ServiceProviderConfig', 'application/json', {
        headers,
      })
      const { meta } = (await scim.json()) as { meta: { location: string } }
      assert.equal(meta.location, `${origin}/roster/scim/v2/ServiceProviderConfig`)
      for (const path of ['/roster/docs', '/roster/docs/reference.js', '/roster/favicon.svg'])
        assert.equal((await through(place, path, '*/*')).status, 200, path)
      const opened = await through(place, '/roster/auth/session', 'application/json', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'admin', password }),
      })
      assert.match(opened.headers.get('set-cookie')!, /^roster=.*; Path=\/roster; HttpOnly/)
    }
    // A name that only begins alike is another path, and health checks may leave the path out.
    assert.equal((await patiently(`${service.url}/rosters/users`, {})).status, 404)
    assert.equal((await fetch(`${service.url}/health/live`)).status, 200)
  })

  it('an application signs a user in, and the SDK reads all pages', async () => {
    const admin = await service.admin()
    const callback = `${origin}/wiki/callback`
    const registered = await service.call('POST', '/applications', {
      as: admin.token,
      body: {
        name: 'Wiki',
        kind: 'web',
        first_party: false,
        redirect_uris: [callback],
      },
    })
    const { client_id, client_secret } = registered.body
    const config = await client.discovery(
      new URL(`${origin}/roster`),
      client_id,
      client_secret,
      client.ClientSecretBasic(client_secret),
      { execute: [client.allowInsecureRequests], [client.customFetch]: patiently as never },
    )
    config[client.customFetch] = patiently as never
    const browser = createBrowser(origin, origin, undefined)
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid',
    })
    const toSignIn = await browser.visit('GET', (await browser.visit('GET', url.href)).location!.href)
    assert.equal(toSignIn.location!.pathname, '/roster/sign-in')
    const step = toSignIn.location!.searchParams.get('return_to')!
    assert.match(step, /^\/roster\/oauth2\/interaction\//)
    const visitor = await visits.visit({ ...service, url: origin })
    const { page } = visitor
    await page.goto(url.href)
    await page.getByLabel('Username or e-mail address').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL(`${callback}?**`)
    const tokens = await client.authorizationCodeGrant(config, new URL(page.url()), {})
    assert.equal(tokens.claims()!.iss, `${origin}/roster`)
    assert.deepEqual(visitor.complaints, [])
    await visitor.close()

    const sdk = createClient({ baseUrl: `${origin}/roster` })
    await sdk.auth.signIn({ username: 'admin', password })
    await service.createUser()
    const found = await Array.fromAsync(sdk.users.all({ limit: 1 }))
    assert.ok(found.length > 1)
  })

  it('the web interface works below the path, from the link of a mail to the end of the session', async () => {
    const user = await service.createUser({ username: 'ann', email_verified: true })
    const visitor = await visits.visit({ ...service, url: origin })
    const { page } = visitor
    await page.goto(`${origin}/roster/console/users?q=ann`)
    await page.waitForURL(`${origin}/roster/sign-in?**`)
    await page.getByLabel('Username or e-mail address').fill('admin')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL(`${origin}/roster/console/users?q=ann`)
    await page.getByRole('link', { name: 'ann', exact: true }).click()
    await page.waitForURL(`${origin}/roster/console/users/${user.id}**`)
    await page.getByRole('heading', { level: 1, name: 'ann' }).waitFor()
    assert.deepEqual(await violations(page), [])
    const known = smtp.to(user.email).length
    await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
    const { link } = await smtp.next(user.email, known)
    assert.ok(link.startsWith(`${origin}/roster/account/`), link)
    await page.goto(link)
    await page.getByLabel('New password', { exact: true }).fill('another good password')
    await page.getByRole('button').first().click()
    await page.getByRole('link', { name: /sign in|continue/i }).click()
    await page.waitForURL(`${origin}/roster/**`)
    await page.goto(`${origin}/roster/docs`)
    await page.getByRole('heading', { level: 1, name: 'Roster API' }).waitFor()
    assert.deepEqual(visitor.complaints, [])
    await visitor.close()
  })
})
