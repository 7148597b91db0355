import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { authorization, createEngine, password } from '../harness.ts'
import { launchChromium } from './chromium.ts'

it('a page of another site restores no user with the Basic credentials that a browser remembers', async (t) => {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const service = await engine.start()
  const browser = await launchChromium()
  t.after(() => browser.close())
  const admin = await service.admin()
  const user = await service.createUser()
  assert.equal((await service.call('DELETE', `/users/${user.id}`, { as: admin.token })).status, 204)
  const restore = `${service.url}/users/${user.id}/restore`
  const form = `<form method="post" action="${restore}"><button>Win a prize</button></form>`
  const evil = createServer((_, response) => response.setHeader('content-type', 'text/html').end(form))
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve))
  t.after(() => evil.close())

  // As a browser sends credentials that its own dialog once asked for; Chromium adds the headers that tell the source.
  const remembered = { authorization: authorization({ username: admin.username, password }) }
  const context = await browser.newContext({ extraHTTPHeaders: remembered })
  const page = await context.newPage()
  // localhost and 127.0.0.1 are two sites.
  await page.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`)
  const [answer] = await Promise.all([
    page.waitForResponse(restore),
    page.getByRole('button', { name: 'Win a prize' }).click(),
  ])
  assert.equal(answer.status(), 403)
  const request = await answer.request().allHeaders()
  assert.match(request['authorization'] ?? '', /^Basic /)
  assert.equal((await service.call('GET', `/users/${user.id}`, { as: admin.token })).status, 404)
})
