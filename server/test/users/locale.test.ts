import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

onBothEngines('the language of a user', (engine) => {
  let service: Service
  let smtp: Smtp
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
  })
  after(() => smtp.stop())

  it('is null until the user or an administrator writes it, and is kept in its canonical form', async () => {
    const admin = await service.admin()
    const user = await service.createUser()
    const me = async () => (await service.call('GET', '/users/me', { as: user.token })).body.locale
    assert.equal(await me(), null)
    const write = (body: object, as = user.token) => service.call('PATCH', `/users/${user.id}`, { as, body })
    const first = await write({ locale: 'DE_at' })
    assert.equal(first.body.locale, 'de-AT', first.text)
    assert.equal((await write({ locale: 'zh-hant-tw' }, admin.token)).body.locale, 'zh-Hant-TW')
    for (const locale of ['deutsch!', 'a', 'd'.repeat(36), 'de--AT', 7]) {
      const refused = await write({ locale })
      assert.equal(refused.status, 400, JSON.stringify(locale))
      assert.equal(refused.body.errors[0].pointer, '/locale')
    }
    assert.equal(await me(), 'zh-Hant-TW')
    assert.equal((await write({ locale: null })).body.locale, null)
    await write({ locale: 'pt-BR' })
    const whole = { username: user.username, email: user.email }
    const replaced = await service.call('PUT', '/users/me', { as: user.token, body: whole })
    assert.equal(replaced.body.locale, null)
  })

  it('is said at sign-up, in lists and in the audit', async () => {
    const admin = await service.admin()
    const body = { username: 'speaks', email: 'speaks@example.com', password, locale: 'pt-br' }
    const created = await service.call('POST', '/users', { body })
    assert.equal(created.status, 201)
    assert.equal(created.body.locale, 'pt-BR')
    const listed = await service.call('GET', '/users?q=speaks&fields=username,locale', { as: admin.token })
    assert.deepEqual(listed.body, [{ username: 'speaks', locale: 'pt-BR' }])
    await service.call('PATCH', `/users/${created.body.id}`, { as: admin.token, body: { locale: 'fr' } })
    const events = await service.call('GET', `/audit-events?target=${created.body.id}&type=user.updated`, {
      as: admin.token,
    })
    assert.match(JSON.stringify(events.body), /locale/)
  })

  it('decides the language of mails; without one that there is, the installation does', async () => {
    const subjects: Record<string, string> = {}
    for (const [locale, name] of [
      ['de-CH', 'swiss'],
      ['en', 'english'],
      ['pt-BR', 'brazilian'],
      ['nl', 'dutch'],
      [null, 'none'],
    ] as const) {
      const user = await service.createUser({ email: `${name}@example.com`, email_verified: true })
      if (locale) await service.call('PATCH', '/users/me', { as: user.token, body: { locale } })
      await service.call('PUT', '/users/me/password', {
        as: user.token,
        body: { current_password: password, password: 'another fine password' },
      })
      const mail = await until(
        () => smtp.to(user.email).find(({ subject }) => /password|Passwort|senha/.test(subject)),
        'the notice',
      )
      subjects[name] = mail.subject
      const language = { swiss: 'de', brazilian: 'pt', english: 'en', dutch: 'en', none: 'en' }[name]
      assert.match(mail.html, new RegExp(`<html lang="${language}"`))
    }
    assert.match(subjects['swiss']!, /Passwort/)
    assert.match(subjects['brazilian']!, /senha/)
    for (const name of ['english', 'dutch', 'none']) assert.match(subjects[name]!, /password/)
  })

  it('goes through an export and back', async () => {
    const admin = await service.admin()
    const user = await service.createUser()
    await service.call('PATCH', '/users/me', { as: user.token, body: { locale: 'it' } })
    for (const accept of ['text/csv', 'application/x-ndjson']) {
      const file = await service.call('GET', `/users/export?q=${user.username}`, {
        as: admin.token,
        headers: { accept },
      })
      await service.call('PATCH', '/users/me', { as: user.token, body: { locale: null } })
      const imported = await service.call('POST', '/users/import?mode=upsert', {
        as: admin.token,
        headers: { 'content-type': accept },
        body: file.text,
      })
      assert.equal(imported.status, 200, imported.text)
      assert.equal((await service.call('GET', '/users/me', { as: user.token })).body.locale, 'it', accept)
    }
  })
})
