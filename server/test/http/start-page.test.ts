import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onBothEngines, password, type Service } from '../harness.ts'

const html = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

onBothEngines('GET /', (engine) => {
  const start = async (service: Service, cookie = '') => {
    const { status, headers } = await service.call('GET', '/', { headers: { accept: html, cookie } })
    assert.equal(status, 303)
    assert.match(headers.get('vary')!, /Accept, Cookie/)
    assert.equal(headers.get('cache-control'), 'no-store')
    return headers.get('location')!
  }

  it('leads a browser to the set-up, to sign in, to the account or to the console', async () => {
    const service = await engine.start()
    const signIn = async (username: string) => {
      const answer = await service.call('POST', '/auth/session', { body: { username, password } })
      return answer.headers.get('set-cookie')!.split(';')[0]!
    }
    assert.equal(await start(service), '/console/setup')
    const user = await service.createUser()
    assert.equal(await start(service), '/console/setup')
    const cookie = await signIn(user.username)
    assert.equal(await start(service, cookie), '/account')
    await service.admin()
    assert.equal(await start(service), '/sign-in')
    assert.equal(await start(service, 'roster=nobody'), '/sign-in')
    assert.equal(await start(service, cookie), '/account')
    assert.equal(await start(service, await signIn('admin')), '/console')
    for (const path of ['/console/setup', '/sign-in', '/account', '/console']) {
      const { headers } = await service.call('GET', path, { headers: { accept: html } })
      assert.match(headers.get('content-type')!, /^text\/html/, path)
    }
  })

  it('opens the page of a link to which a mail tracker added parameters', async () => {
    const service = await engine.start()
    for (const query of ['?utm_source=mail', '?lang=de&utm_source=mail&utm_source=again', '?lang=%zz']) {
      const { status, text } = await service.call('GET', `/account/reset${query}`)
      assert.equal(status, 200, query)
      assert.match(text, query.includes('lang=de') ? /<html lang="de"/ : /<html lang="en"/)
    }
  })

  it('tells programs what this is, also those that are signed in', async () => {
    const service = await engine.start()
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      const { status, body } = await service.call('GET', '/', { headers: { accept } })
      assert.deepEqual([status, body.name], [200, 'roster'], accept)
    }
    for (const accept of ['*/*', 'application/json', 'application/problem+json, text/html;q=0.5'])
      assert.equal((await service.call('GET', '/nothing', { headers: { accept } })).body.code, 'not_found')
    const headers = { accept: html, 'accept-language': 'de' }
    const page = await fetch(`${service.url}/nothing<b>`, { headers })
    const [text, policy] = [await page.text(), page.headers.get('content-security-policy')]
    assert.equal(page.status, 404)
    assert.match(text, /<html lang="de">.*<meta name="description".*<main>.*Zur Startseite/s)
    assert.doesNotMatch(text, /<b>/)
    assert.match(policy!, /^default-src 'none'; style-src 'self'/)
  })

  it('tells administrators the settings without secrets, and whether the database and mails work', async () => {
    const service = await engine.start({ ROSTER_RECYCLE_DAYS: '12' })
    const admin = await service.admin()
    const { status, body, text } = await service.call('GET', '/installation', { as: admin.token })
    assert.equal(status, 200)
    assert.deepEqual([body.database.engine, body.database.ok], [engine.name, true])
    assert.deepEqual([body.mail.ok, body.mail.server], [false, false])
    // The greeting of the administrator may still wait.
    assert.ok(body.mail.queued <= 1)
    const setting = (name: string) => body.settings.find((each: { name: string }) => each.name === name)
    assert.deepEqual(
      [setting('ROSTER_RECYCLE_DAYS').value, setting('ROSTER_RECYCLE_DAYS').source],
      ['12', 'environment'],
    )
    assert.equal(setting('ROSTER_SECRET_KEY').value, '(secret)')
    const { ROSTER_SECRET_KEY: key } = { ROSTER_SECRET_KEY: service.roster.config.secretKey }
    assert.ok(key && !text.includes(String(key)))
    const user = await service.createUser()
    assert.equal((await service.call('GET', '/installation', { as: user.token })).status, 403)
  })
})
