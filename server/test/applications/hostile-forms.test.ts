/** Requests to the endpoints that the OpenAPI document leaves out: forms, queries and cookies that no application sends. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service } from '../harness.ts'
import { patiently } from './browser.ts'
import { register } from './relying-party.ts'

const paths = [
  ...['authorize', 'authorize/x', 'interaction/x', 'token', 'revoke', 'introspect', 'userinfo', 'par'].map(
    (name) => `/oauth2/${name}`,
  ),
  ...['device', 'device/x', 'device-authorization', 'logout', 'logout/confirm', 'logout/success'].map(
    (name) => `/oauth2/${name}`,
  ),
  ...['/auth/providers/x/start', '/auth/providers/x/callback', '/sign-in', '/assets/x.js', '/scim/v2/Users'],
]
const forms = [
  '',
  'client_id=x&client_id=y',
  'client_id=%00&user_code=%ff&xsrf=%',
  'user_code[]=BBBB-BBBB&xsrf=x&confirm=yes',
  'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=x&client_id={client}',
  'grant_type=refresh_token&refresh_token=x.y.z&client_id={client}&token=a.b.c',
  'client_id={client}&response_type=code&redirect_uri=javascript:1&scope=%0d%0aSet-Cookie:a',
  '__proto__[x]=1&constructor=1&toString=1',
  `state=${'s'.repeat(1000)}&code=x&id_token_hint=a.b.c&logout=yes`,
]
const cookies = ['', 'roster_oauth=x; roster_oauth.sig=x; roster_oauth_step=x; roster_oauth_resume=x']

onBothEngines('an endpoint outside the OpenAPI document', (engine) => {
  let service: Service
  let client: string
  before(async () => {
    service = await engine.start({ ROSTER_RATE_LIMITS: 'off' })
    client = (await register(service, { kind: 'device', name: 'TV', redirect_uris: [] })).client_id
  })

  const ask = (method: string, path: string, text: string, cookie: string) =>
    patiently(`${service.url}${path}${method === 'GET' && text !== '' ? `?${text}` : ''}`, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'text/html, application/json',
        ...(cookie !== '' && { cookie }),
        ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(method === 'POST' && { body: text }),
    })

  it('answers hostile forms without a 5xx, with a request id and a content security policy', async () => {
    for (const path of paths)
      for (const method of ['GET', 'POST'])
        for (const form of forms)
          for (const cookie of cookies) {
            const answer = await ask(method, path, form.replace('{client}', client), cookie)
            const said = `${method} ${path} ${form} ${cookie}: ${answer.status} ${await answer.text()}`
            assert.ok(answer.status < 500, said)
            for (const name of ['x-request-id', 'content-security-policy'])
              assert.ok(answer.headers.get(name), `${name} of ${said}`)
          }
    assert.deepEqual(
      service.logs().filter(({ level }) => level === 'error'),
      [],
    )
  })

  it('shows the form for the code of a device again to a browser that lost its cookie, and the form works', async () => {
    const lost = await ask('POST', '/oauth2/device', 'xsrf=x&user_code=AAAA-AAAA', '')
    const page = await lost.text()
    assert.deepEqual([lost.status, page.includes('name="user_code"')], [400, true])
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const cookie = lost.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const again = await ask('POST', '/oauth2/device', `xsrf=${xsrf}&user_code=AAAA-AAAA`, cookie)
    assert.match(await again.text(), /This code is not right/)
  })
})
