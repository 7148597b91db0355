import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startVisits, takePicture } from '../browser/console/console.ts'
import { createEngine } from '../harness.ts'
import { startUpstream } from '../identity-providers/upstream.ts'
import { startAtKnownOrigin } from '../known-origin.ts'
import { folderFor, freePort, startProgram } from './judge.ts'

const program = process.env['OAUTH2_PROXY'] ?? '/opt/roster-judges/bin/oauth2-proxy'

describe('an application behind oauth2-proxy, from the console to its removal', () => {
  it('is registered, signed in to with another provider and with a passkey, and removed', async (t) => {
    const { engine, cleanUp } = createEngine('sqlite')
    t.after(cleanUp)
    const visits = await startVisits()
    t.after(() => visits.close())
    const { service, origin } = await startAtKnownOrigin(engine, 'localhost', {
      ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8',
    })
    const { token: as } = await service.admin()
    const upstream = await startUpstream([`${origin}/auth/providers/corp/callback`])
    t.after(() => upstream.stop())
    const { status } = await service.call('POST', '/identity-providers', {
      as,
      body: {
        kind: 'oidc',
        id: 'corp',
        name: 'Corp',
        issuer: upstream.issuer,
        client_id: 'roster',
        client_secret: 'upstream-secret',
        sign_up: 'open',
        domains: ['*'],
      },
    })
    assert.equal(status, 201)
    const wiki = createServer((request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<h1>Wiki</h1><p>Hello ${request.headers['x-forwarded-preferred-username']}</p>`)
    })
    await new Promise<void>((done) => wiki.listen(0, '127.0.0.1', done))
    t.after(() => {
      wiki.closeAllConnections()
      wiki.close()
    })
    const port = await freePort()
    const base = `http://localhost:${port}`

    const here = { ...service, url: origin }
    const operator = await visits.visit(here)
    await operator.signIn('admin')
    await operator.open('/console/applications')
    await operator.page.getByRole('button', { name: 'New application' }).click()
    await operator.page.getByLabel('Name').fill('Wiki')
    await operator.page.getByLabel('Redirect URIs').fill(`${base}/oauth2/callback`)
    await operator.page.getByLabel('Do not ask users for consent').uncheck()
    await operator.page.getByRole('button', { name: 'Register' }).click()
    await operator.page.getByRole('heading', { name: 'Wiki is registered' }).waitFor()
    const copied = (await operator.page.locator('pre').textContent()) ?? ''
    await takePicture(operator.page, 'walk-1-registered')
    const folder = folderFor(t, 'walk')
    const upstreamPort = (wiki.address() as AddressInfo).port
    const config = copied
      .replace('127.0.0.1:4180', `127.0.0.1:${port}`)
      .replace('127.0.0.1:8080', `127.0.0.1:${upstreamPort}`)
    writeFileSync(join(folder, 'oauth2-proxy.cfg'), `${config}cookie_secure = false\n`)
    await startProgram(t, `${base}/ping`, [program, '--config', join(folder, 'oauth2-proxy.cfg')], {
      cwd: folder,
      env: {},
    })

    const { page, context } = await visits.visit(here)
    const cdp = await context.newCDPSession(page)
    await cdp.send('WebAuthn.enable', { enableUI: false })
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    upstream.person = {
      sub: 'ann',
      email: 'ann@people.example',
      email_verified: true,
      preferred_username: 'ann',
    }
    await page.goto(`${base}/page`)
    await page.getByRole('link', { name: 'Continue with Corp' }).click()
    await page.getByRole('heading', { name: 'Wiki asks for access' }).waitFor()
    await takePicture(page, 'walk-2-consent')
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('Hello ann').waitFor()
    assert.equal(page.url(), `${base}/page`)
    await takePicture(page, 'walk-3-signed-in')

    await page.goto(`${origin}/account/security`)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Laptop')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('Laptop').waitFor()
    await context.clearCookies()
    // The authenticator answers the offer of the sign-in page by itself.
    await page.goto(`${base}/page`)
    await page.getByText('Hello ann').waitFor()

    await page.goto(`${origin}/account/security`)
    const connected = page.getByRole('listitem').filter({ hasText: 'Wiki' })
    await connected.scrollIntoViewIfNeeded()
    await takePicture(page, 'walk-4-connected')
    await connected.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await connected.waitFor({ state: 'detached' })
    await sleep(2500)
    await page.goto(`${base}/page`)
    await page.getByRole('heading', { name: 'Wiki asks for access' }).waitFor()
    await takePicture(page, 'walk-5-out')
  })
})
