/** Libraries of Python that sign users in, as relying parties of one program: `parties.py`. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createMember,
  createTraveller,
  folderFor,
  freePort,
  registerAt,
  startIssuer,
  startProgram,
} from './judge.ts'

const python = process.env['JUDGES_PYTHON'] ?? '/opt/roster-judges/bin/python'

describe('relying parties in Python', () => {
  it('sign a user in with roles and groups, refresh, and are signed out', async (t) => {
    const { service, issuer } = await startIssuer(t)
    const user = await createMember(service)
    const port = await freePort()
    const base = `http://localhost:${port}`
    const paths = ['/oidc/callback/', '/social/complete/oidc/', '/oauthlib/callback']
    const { client_id, client_secret } = await registerAt(service, base, {
      redirect_uris: paths.map((path) => base + path),
    })
    const folder = folderFor(t, 'parties')
    await startProgram(t, base, [python, join(import.meta.dirname, 'parties.py')], {
      cwd: folder,
      env: {
        ...{ ISSUER: issuer, BASE_URL: base, PORT: String(port), DATABASE: join(folder, 'django.db') },
        ...{ CLIENT_ID: client_id, CLIENT_SECRET: client_secret, OAUTHLIB_INSECURE_TRANSPORT: '1' },
      },
    })
    const read = (text: string) => {
      assert.match(text, /^\{/, text)
      return JSON.parse(text)
    }

    const oauthlib = createTraveller()
    await oauthlib.signIn(issuer, 'ann')
    const claims = read((await oauthlib.visit(`${base}/oauthlib/start`)).text)
    assert.deepEqual(
      [claims.refreshed, claims.sub, claims.email, claims.roles, claims.groups],
      [true, user.id, user.email, ['user'], ['Staff']],
    )
    assert.deepEqual(claims.scope, ['email', 'groups', 'openid', 'profile', 'roles'])

    const social = createTraveller()
    await social.signIn(issuer, 'ann')
    assert.deepEqual(read((await social.visit(`${base}/social-start/oidc/`)).text), {
      ...{ user: user.email, by: 'social_core', sub: user.id, roles: ['user'], name: 'ann', refreshed: true },
    })

    const mozilla = createTraveller()
    await mozilla.signIn(issuer, 'ann')
    const entered = read((await mozilla.visit(`${base}/oidc/authenticate/`)).text)
    assert.deepEqual([entered.user, entered.by], [user.email, 'mozilla_django_oidc'])
    // After a second it asks again by prompt=none, and the user stays in.
    await sleep(1500)
    assert.equal((await mozilla.visit(`${base}/me`)).url.href, `${base}/me`)
    await mozilla.signOut(issuer)
    await sleep(1500)
    assert.deepEqual(read((await mozilla.visit(`${base}/me`)).text), {})
    assert.deepEqual(read((await mozilla.visit(`${base}/me`)).text), { user: null })
  })
})
