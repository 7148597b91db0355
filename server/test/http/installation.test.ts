import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { languages } from '../../src/html/language.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

onBothEngines('the installation', (engine) => {
  let smtp: Smtp
  let service: Service
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_MAIL_LANGUAGE: 'de' })
  })
  after(() => smtp.stop())

  it('lists the signing keys, and replaces them within a day or in an emergency', async () => {
    const admin = await service.admin()
    const list = async () => (await service.call('GET', '/signing-keys', { as: admin.token })).body
    const [first] = await list()
    assert.deepEqual([first.algorithm, first.state], ['EdDSA', 'signing'])
    const rotate = (body: object) =>
      service.call('POST', '/signing-keys/rotate', { as: { username: 'admin', password }, body })
    const planned = await rotate({})
    assert.equal(planned.status, 200, planned.text)
    assert.deepEqual(
      planned.body.map(({ state }: { state: string }) => state),
      ['next', 'signing'],
    )
    assert.equal((await service.call('GET', '/users/me', { as: admin.token })).status, 200)
    assert.deepEqual(
      (await rotate({ now: true })).body.map(({ state }: { state: string }) => state),
      ['signing'],
    )
    assert.equal((await service.call('GET', '/users/me', { as: admin.token })).body.code, 'invalid_token')
    const login = { body: { username: 'admin', password } }
    const { access_token: as } = (await service.call('POST', '/auth/login', login)).body
    const { body: events } = await service.call('GET', '/audit-events?type=key.revoked', { as })
    assert.equal(events.length, 2)
    assert.ok(!JSON.stringify(await service.call('GET', '/signing-keys', { as })).includes('"d"'))
    const user = await service.createUser()
    for (const [method, path] of [
      ['GET', '/signing-keys'],
      ['POST', '/signing-keys/rotate'],
      ['GET', '/mail-templates'],
      ['POST', '/test-mail'],
    ] as const)
      assert.equal((await service.call(method, path, { as: user.token })).body.code, 'forbidden', path)
  })

  it('shows every mail in each language, and sends a test mail to the caller alone', async () => {
    const as = { username: 'admin', password }
    const { body: templates } = await service.call('GET', '/mail-templates', { as })
    const found = templates.filter(({ name }: { name: string }) => name === 'password-changed')
    assert.deepEqual(
      found.map(({ language }: Record<string, string>) => language),
      languages,
    )
    assert.deepEqual(
      found.slice(0, 3).map(({ subject }: Record<string, string>) => subject),
      ['Your password was changed', 'Ihr Passwort wurde geändert', 'Votre mot de passe a été modifié'],
    )
    for (const { subject, text } of templates) assert.doesNotMatch(subject + text, /\{\{/)
    const { body } = await service.call('POST', '/test-mail', { as })
    assert.deepEqual(body, { address: 'admin@example.com', outcome: 'sent', reason: null })
    // Notices about sign-ins may come before it.
    const isTest = ({ text }: { text: string }) => text.includes('roster mail test')
    await until(() => smtp.to('admin@example.com').some(isTest), 'the test mail')
  })

  it('mails are in the language of the installation', async () => {
    const user = await service.createUser()
    await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
    // The greeting comes first.
    await smtp.next(user.email, 1)
    const texts = smtp.to(user.email).map(({ text }) => text)
    assert.ok(texts.some((text) => text.includes('innerhalb von 24 Stunden')))
    assert.ok(texts.some((text) => text.includes('innerhalb von 30 Minuten')))
  })
})
