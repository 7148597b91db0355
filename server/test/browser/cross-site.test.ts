import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, it, type TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import { authorization, createEngine, password } from '../harness.ts'
import { startAtKnownOrigin } from '../known-origin.ts'
import { freePort } from '../postgres-server.ts'
import { launchChromium } from './chromium.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** A site that answers everything with one page. localhost and 127.0.0.1 are two sites. */
async function serve(t: TestContext, html: string, port = 0): Promise<string> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

it('a page of another site cannot frame our pages, and cannot set the session of a browser', async (t) => {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const { service, origin } = await startAtKnownOrigin(engine, 'localhost')
  await service.admin()
  const user = await service.createUser()
  const paths = ['/sign-in', '/console', '/account/security', '/account/reset', '/docs']
  const frames = paths.map((path) => `<iframe src="${origin}${path}"></iframe>`).join('')
  const evil = (await serve(t, frames)).replace('localhost', '127.0.0.1')
  const context = await browser.newContext()
  const page = await context.newPage()
  const refused: string[] = []
  page.on('console', (message) => refused.push(message.text()))
  await page.goto(evil, { waitUntil: 'networkidle' })
  assert.equal(refused.filter((text) => text.includes('frame-ancestors')).length, paths.length)
  for (const frame of page.frames().slice(1)) assert.equal(await frame.locator('form, h1').count(), 0)

  // What another page of the host has planted as the session is not taken over by a sign-in.
  const planted = 'A'.repeat(43)
  await context.addCookies([{ name: 'roster', value: planted, url: origin }])
  await page.goto(`${origin}/sign-in`)
  await page.getByLabel('Username or e-mail address').fill(user.username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(/\/account\//)
  const [cookie, ...others] = await context.cookies(origin)
  assert.ok(cookie && cookie.value !== planted && cookie.httpOnly && cookie.sameSite === 'Lax')
  assert.deepEqual(others, [])
  const asPlanted = { headers: { cookie: `roster=${planted}` } }
  assert.equal((await service.call('GET', '/auth/session', asPlanted)).status, 401)
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
  assert.ok(!kept.includes(cookie.value) && !/eyJ|token|[A-Za-z0-9_-]{40}/.test(kept), kept)
})

it('a page of another site restores no user with the Basic credentials that a browser remembers', async (t) => {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const service = await engine.start()
  const admin = await service.admin()
  const user = await service.createUser()
  assert.equal((await service.call('DELETE', `/users/${user.id}`, { as: admin.token })).status, 204)
  const restore = `${service.url}/users/${user.id}/restore`
  const form = `<form method="post" action="${restore}"><button>Win a prize</button></form>`
  const evil = await serve(t, form)

  // As a browser sends credentials that its own dialog once asked for; Chromium adds the headers that tell the source.
  const remembered = { authorization: authorization({ username: admin.username, password }) }
  const context = await browser.newContext({ extraHTTPHeaders: remembered })
  const page = await context.newPage()
  await page.goto(evil)
  const [answer] = await Promise.all([
    page.waitForResponse(restore),
    page.getByRole('button', { name: 'Win a prize' }).click(),
  ])
  assert.equal(answer.status(), 403)
  const request = await answer.request().allHeaders()
  assert.match(request['authorization'] ?? '', /^Basic /)
  assert.equal((await service.call('GET', `/users/${user.id}`, { as: admin.token })).status, 404)
})

it('a page of another origin changes nothing with the cookie or the remembered Basic credentials', async (t) => {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const { service, origin } = await startAtKnownOrigin(engine, 'localhost')
  const admin = await service.admin()
  const user = await service.createUser()
  const gone = await service.createUser()
  assert.equal((await service.call('DELETE', `/users/${gone.id}`, { as: admin.token })).status, 204)
  const application = { as: admin.token, body: { name: 'Job', kind: 'machine' } }
  const { client_id } = (await service.call('POST', '/applications', application)).body
  const secrets = `/applications/${client_id}/secrets`
  const job = JSON.stringify({ kind: 'disable', ids: [user.id] })
  const withoutBody = [`/users/${gone.id}/restore`, secrets]
  const paths = [...withoutBody, '/jobs', '/api-keys']
  // Forms send JSON as text/plain: the name of the field up to "=", and its value.
  const field = `<input name='${job.slice(0, -1)},"x":"' value='"}'>`
  const forms = paths.map((path) => {
    const isEmpty = withoutBody.includes(path)
    const type = isEmpty ? '' : 'enctype="text/plain"'
    return `<form method="post" ${type} action="${origin}${path}">${isEmpty ? '' : field}</form>`
  })
  // The same site, and another one: the browser sends the cookie from the first.
  const sameSite = await serve(t, forms.join(''))
  const otherSite = sameSite.replace('localhost', '127.0.0.1')
  const basic = { authorization: authorization({ username: admin.username, password }) }
  for (const remembered of [undefined, basic]) {
    const context = await browser.newContext(remembered ? { extraHTTPHeaders: remembered } : {})
    const page = await context.newPage()
    if (!remembered) {
      await page.goto(`${origin}/sign-in`)
      await page.getByLabel('Username or e-mail address').fill(admin.username)
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForURL((url) => url.pathname !== '/sign-in')
    }
    let hadCredentials = 0
    for (const evil of [sameSite, otherSite])
      for (const [index, path] of paths.entries()) {
        await page.goto(evil)
        const answered = page.waitForResponse(`${origin}${path}`)
        await page.evaluate((at) => document.forms[at]?.submit(), index)
        await page.waitForURL(`${origin}${path}`)
        const sent = await (await answered).request().allHeaders()
        assert.ok((await answered).status() >= 400, `${evil} ${path}: ${(await answered).status()}`)
        if (sent['cookie']?.includes('roster=') || sent['authorization']) hadCredentials += 1
        await page.goto(evil)
        // Our answer is closed to other sites, so the page may not even learn that there was one.
        await page.evaluate(
          async ([url, body]) => {
            const how = { method: 'POST', mode: 'no-cors', credentials: 'include' } as const
            await fetch(url, body === null ? how : { ...how, body }).catch(() => null)
          },
          [`${origin}${path}`, withoutBody.includes(path) ? null : job] as const,
        )
      }
    assert.ok(hadCredentials >= paths.length, 'the browser sent them')
    await context.close()
  }
  const read = (path: string) => service.call('GET', path, { as: admin.token })
  assert.equal((await read(`/users/${gone.id}`)).status, 404)
  assert.equal((await read(`/users/${user.id}`)).body.status, 'active')
  assert.equal((await read(secrets)).body.length, 1, 'the first secret alone')
  for (const path of ['/jobs', '/api-keys']) assert.deepEqual((await read(path)).body, [], path)
})

it('the login form of the documentation signs a user in from another origin', async (t) => {
  const text = readFileSync(
    new URL('../../../docs/tasks/login-form-on-another-origin.md', import.meta.url),
    'utf8',
  )
  const [, form = ''] = /```html\n([\s\S]*?)```/.exec(text) ?? []
  const port = await freePort()
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const service = await engine.start({ ROSTER_CORS_ORIGINS: `http://localhost:${port}` })
  await service.createUser({ username: 'ann' })
  const origin = await serve(t, form.replace('http://localhost:8000', service.url), port)
  const page = await (await browser.newContext()).newPage()
  await page.goto(origin)
  const output = page.locator('output')
  const submit = async (typed: string) => {
    await page.getByLabel('Username').fill('ann')
    await page.getByLabel('Password', { exact: true }).fill(typed)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  await submit('a wrong password')
  await output.filter({ hasText: 'Wrong username or password.' }).waitFor()
  await submit(password)
  await output.filter({ hasText: 'Signed in as ann' }).waitFor()
})
