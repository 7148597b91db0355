import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { until } from '../harness/wait.ts'
import { createEngine, onBothEngines, password, type Service } from '../harness.ts'

function mailTo(service: Service, to: string, subject: RegExp): Promise<string> {
  return until(() => {
    const line = service.logs().findLast((one) => one['to'] === to && subject.test(JSON.stringify(one)))
    return line && JSON.stringify(line)
  }, `a mail to ${to}`)
}

it('mails and pages call the service by the name of the application and lead on to it', async (t) => {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const service = await engine.start({
    ROSTER_APP_NAME: 'Acme & "Sons"',
    ROSTER_APP_URL: 'https://app.example.com/start?a=1&b=2',
    ROSTER_SUPPORT: 'help@example.com',
  })
  const user = await service.createUser()
  await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
  assert.match(await mailTo(service, user.email, /account\/reset/), /Set a new password for Acme & \\"Sons/)
  const body = { current_password: password, password: 'another fine password' }
  await service.call('PUT', '/users/me/password', { as: user.token, body })
  assert.match(await mailTo(service, user.email, /was changed/), /write to help@example\.com/)

  for (const path of ['/account/verify', '/account/reset', '/account/invitation', '/account/confirm-email']) {
    const { text } = await service.call('GET', path)
    const link =
      '<p id="next" hidden><a href="https://app.example.com/start?a=1&amp;b=2">Continue to Acme &amp; &quot;Sons&quot;</a></p>'
    assert.ok(text.includes(link), path)
  }
  assert.ok(!(await service.call('GET', '/account/forgot')).text.includes('id="next"'))
})

it('without them, mails name the host and pages lead to the sign-in page', async (t) => {
  const { engine, cleanUp } = createEngine('sqlite')
  t.after(cleanUp)
  const service = await engine.start()
  const user = await service.createUser()
  const body = { current_password: password, password: 'another fine password' }
  await service.call('PUT', '/users/me/password', { as: user.token, body })
  assert.match(await mailTo(service, user.email, /was changed/), /write to the operator of roster\.test/)
  for (const path of ['/account/reset', '/console/setup']) {
    const { text } = await service.call('GET', path)
    assert.ok(text.includes('<p id="next" hidden><a href="/sign-in?lang=en">Sign in</a></p>'), path)
  }
})

it('settings that could not be shown or opened are refused at the start', () => {
  const wrong: [name: string, value: string][] = [
    ['ROSTER_APP_NAME', 'a\nb'],
    ['ROSTER_APP_NAME', 'x'.repeat(65)],
    ['ROSTER_APP_URL', 'javascript:alert(1)'],
    ['ROSTER_APP_URL', 'app.example.com'],
    ['ROSTER_SUPPORT', 'nobody'],
    ['ROSTER_SUPPORT', 'javascript:alert(1)//@example.com'],
  ]
  for (const [name, value] of wrong)
    assert.throws(() => readConfig({ [name]: value }), new RegExp(`^Error: ${name} `), `${name}=${value}`)
})

onBothEngines('blanks around typed names and addresses', (engine) => {
  it('do not matter when signing in or asking for a link; those of a password do', async () => {
    const service = await engine.start()
    const user = await service.createUser({ username: 'ann', email: 'ann@example.com' })
    for (const username of [' ann', 'ann ', '\tAnn\u00a0', ' ann@example.com '])
      for (const path of ['/auth/login', '/auth/session']) {
        const { status } = await service.call('POST', path, { body: { username, password } })
        assert.equal(status, 200, JSON.stringify(username))
      }
    const wrong = { username: 'ann', password: `${password} ` }
    assert.equal((await service.call('POST', '/auth/login', { body: wrong })).status, 401)
    await service.call('POST', '/auth/forgot-password', { body: { email: ' ann@example.com ' } })
    await mailTo(service, user.email, /account\/reset/)
  })
})
