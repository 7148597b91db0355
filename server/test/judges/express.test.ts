import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { authorization } from '../harness.ts'
import {
  createTraveller,
  example,
  folderFor,
  freePort,
  registerAt,
  startIssuer,
  startProgram,
} from './judge.ts'

describe('an Express application with passport-openidconnect', () => {
  it('signs a user in and follows the sign-out; jsonwebtoken verifies access tokens', async (t) => {
    const { service, issuer } = await startIssuer(t)
    const user = await service.createUser({ username: 'ann', roles: ['user'] })
    const port = await freePort()
    const base = `http://localhost:${port}`
    const { client_id, client_secret } = await registerAt(service, base, {
      backchannel_logout_uri: `${base}/backchannel-logout`,
    })
    const folder = folderFor(t, 'express')
    writeFileSync(join(folder, 'app.mjs'), example('express.md', 'js'))
    await startProgram(t, `${base}/failed`, [process.execPath, 'app.mjs'], {
      cwd: folder,
      env: {
        ISSUER: issuer,
        CLIENT_ID: client_id,
        CLIENT_SECRET: client_secret,
        BASE_URL: base,
        SESSION_SECRET: 'x'.repeat(32),
        PORT: String(port),
      },
    })
    const browser = createTraveller()
    assert.equal((await browser.visit(base)).url.pathname, '/sign-in')
    await browser.signIn(issuer, 'ann')
    const { text } = await browser.visit(base)
    const { sid, since: first, ...shown } = JSON.parse(text)
    assert.deepEqual(shown, { id: user.id, name: 'ann', roles: ['user'] })

    // The user removes the application, and the next visit signs in again: the session of Roster continues.
    const removed = `/users/me/connected-applications/${client_id}`
    assert.equal((await service.call('DELETE', removed, { as: user.token })).status, 204)
    await until(async () => {
      const { url, text: again } = await browser.visit(base)
      assert.equal(url.href, `${base}/`)
      const { sid: same, since } = JSON.parse(again)
      assert.equal(same, sid)
      return since !== first
    }, 'a new sign-in')

    const ended = await service.call('DELETE', '/users/me/sessions', { as: user.token })
    assert.equal(ended.status, 204)
    await until(async () => (await browser.visit(base)).url.pathname === '/sign-in', 'the sign-in page')

    const audience = 'https://api.example.com'
    const machine = await registerAt(service, base, { kind: 'machine', redirect_uris: [], audience })
    const response = await fetch(`${issuer}/oauth2/token`, {
      method: 'POST',
      headers: {
        authorization: authorization({ username: machine.client_id, password: machine.client_secret }),
      },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    const { access_token: token } = (await response.json()) as { access_token: string }
    writeFileSync(join(folder, 'verify.mjs'), example('express.md', 'mjs'))
    const { verify } = await import(join(folder, 'verify.mjs'))
    assert.equal((await verify(issuer, audience, token)).client_id, machine.client_id)
    await assert.rejects(verify(issuer, 'https://other.example.com', token))
    await assert.rejects(verify(issuer, audience, `${token.slice(0, -8)}AAAAAAAA`))
  })
})
