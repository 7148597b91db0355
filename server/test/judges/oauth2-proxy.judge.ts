import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createTraveller,
  example,
  folderFor,
  freePort,
  registerAt,
  startIssuer,
  startProgram,
} from './judge.ts'

const program = process.env['OAUTH2_PROXY'] ?? '/opt/roster-judges/bin/oauth2-proxy'

describe('oauth2-proxy', () => {
  it('signs users in who have the role, refreshes, and refuses users whose access has ended', async (t) => {
    const { service, issuer } = await startIssuer(t)
    const user = await service.createUser({ username: 'ann', roles: ['user'], email_verified: true })
    const wiki = createServer((request, response) => response.end(JSON.stringify(request.headers)))
    await new Promise<void>((done) => wiki.listen(0, '127.0.0.1', done))
    t.after(() => wiki.close())
    const port = await freePort()
    const base = `http://localhost:${port}`
    const { client_id, client_secret } = await registerAt(service, base, {
      redirect_uris: [`${base}/oauth2/callback`],
    })
    const folder = folderFor(t, 'oauth2-proxy')
    const config = example('oauth2-proxy.md', 'toml')
      .replace('127.0.0.1:4180', `127.0.0.1:${port}`)
      .replace('127.0.0.1:8080', `127.0.0.1:${(wiki.address() as AddressInfo).port}`)
      .replace('https://users.example.com', issuer)
      .replaceAll('https://wiki.example.com', base)
      .replace('CLIENT_ID', client_id)
      .replace('CLIENT_SECRET', client_secret)
      .replace('COOKIE_SECRET', 'x'.repeat(32))
    writeFileSync(join(folder, 'oauth2-proxy.cfg'), `${config}cookie_secure = false\n`)
    await startProgram(
      t,
      `${base}/ping`,
      [program, '--config', join(folder, 'oauth2-proxy.cfg'), '--pass-host-header=false'],
      { cwd: folder, env: {} },
    )

    const browser = createTraveller()
    assert.equal((await browser.visit(`${base}/page`)).url.pathname, '/sign-in')
    await browser.signIn(issuer, 'ann')
    const seen = JSON.parse((await browser.visit(`${base}/page`)).text)
    assert.deepEqual(
      [seen['x-forwarded-user'], seen['x-forwarded-preferred-username'], seen['x-forwarded-email']],
      [user.id, 'ann', user.email],
    )
    assert.equal(seen['x-forwarded-groups'], 'user')

    // Older than `cookie_refresh`, in whole seconds: it refreshes, and the user stays in.
    await sleep(2500)
    assert.equal((await browser.visit(`${base}/page`)).url.href, `${base}/page`)

    // Parallel requests of a page refresh with the same token.
    await sleep(2500)
    const together = await Promise.all(Array.from({ length: 5 }, () => browser.visit(`${base}/page`)))
    assert.deepEqual(new Set(together.map(({ url }) => url.href)), new Set([`${base}/page`]))
    await sleep(2500)
    assert.equal((await browser.visit(`${base}/page`)).url.href, `${base}/page`)

    const path = `/users/me/connected-applications/${client_id}`
    assert.equal((await service.call('DELETE', path, { as: user.token })).status, 204)
    await browser.signOut(issuer)
    await sleep(2500)
    assert.equal((await browser.visit(`${base}/page`)).url.pathname, '/sign-in')

    await service.createUser({ username: 'bob', roles: [], email_verified: true })
    const other = createTraveller()
    await other.signIn(issuer, 'bob')
    assert.equal((await other.visit(`${base}/page`)).status, 403)
  })
})
