import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { nowMs, shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service } from '../harness.ts'
import { untilMailsAreSent } from '../mail/sent.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { sendRaw } from './table.ts'

onBothEngines('mail and logs', (engine) => {
  let service: Service
  let smtp: Smtp
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({
      ROSTER_MAIL_URL: smtp.url,
      ROSTER_TRUSTED_PROXIES: '127.0.0.1',
      ROSTER_LOG_LEVEL: 'debug',
    })
    await service.admin()
  })
  after(() => smtp.stop())
  const login = (username: string, agent: string) =>
    service.call('POST', '/auth/login', { body: { username, password }, headers: { 'user-agent': agent } })
  const outbox = () => service.roster.database.read.selectFrom('mail_outbox').selectAll()

  it('names and devices are no header, no markup and no link in a mail', async () => {
    const user = await service.createUser({
      username: `evil.com-${engine.name}.${'x'.repeat(40)}`,
      email: `m12-${engine.name}@example.com`,
    })
    const known = smtp.to(user.email).length
    const agents = [
      'https://evil.example/login',
      '<img/src=x/onerror=alert(1)>',
      'www.evil.example',
      'evil.security',
      `<a href="https://evil.example">${'y'.repeat(300)}`,
    ]
    for (const [index, agent] of agents.entries()) {
      assert.equal((await login(user.username, agent)).status, 200)
      const mail = await until(
        () => smtp.to(user.email).filter(({ subject }) => subject.startsWith('New sign-in'))[index],
        'the notice',
      )
      assert.doesNotMatch(
        mail.html,
        /<img|<a [^>]*evil|https?:\/\/evil|www\.evil|evil\.(com|example|security)/,
      )
      assert.doesNotMatch(mail.text, /https?:\/\/(?!roster\.test)|www\.evil|evil\.(com|example|security)/)
      assert.doesNotMatch(mail.head, /evil|<img/)
      const headers = mail.head.match(/^[A-Za-z-]+:/gm)?.map((name) => name.toLowerCase())
      assert.deepEqual([...new Set(headers)].length, headers?.length)
      assert.equal(headers?.includes('bcc:'), false)
      for (const line of mail.text.split('\n')) assert.ok([...line].length < 160, line)
    }
    assert.ok(smtp.to(user.email).length > known)
    const shown = user.username.replaceAll('.', '.\u2060')
    assert.equal((await login(shown, 'one')).status, 200, 'a name that was copied from a mail')
  })

  it('whatever is typed, an event is one line of JSON', async () => {
    const forged = 'x\n{"level":"info","msg":"admin login ok"}'
    const names = [
      forged,
      '\u001b[31mred\u001b[0m',
      'a\u2028b\u2029c',
      'a\r\nb',
      '"},{"level":"fatal"',
      '\u0085\u009b31m',
    ]
    const before = service.logs().length
    for (const name of names) {
      await login(name, 'one')
      await service.call('POST', '/auth/forgot-password', { body: { email: `${name}@example.com` } })
      await service.call('POST', '/users', {
        body: { username: name, email: `${name}@example.com`, password },
      })
      await service.call('GET', `/users?q=${encodeURIComponent(name)}&${encodeURIComponent(name)}=1`)
      await service.call('GET', `/${encodeURIComponent(name)}`)
    }
    for (const header of [
      'x-request-id: "},{"level":"fatal","msg":"admin login ok',
      'x-request-id: \u001b[31m',
      'x-forwarded-for: "},{"level":"fatal","msg":"admin login ok',
      'x-forwarded-for: 192.0.2.1","msg":"admin login ok',
      'user-agent: "},{"level":"fatal","msg":"admin login ok',
      'x-forwarded-for: fe80::1%25"admin login ok"',
    ])
      await sendRaw(
        service.url,
        `GET /users/me HTTP/1.1\r\nhost: roster.test\r\n${header}\r\nconnection: close\r\n\r\n`,
      )
    for (const method of ['"X"', 'GET"', 'M-SEARCH'])
      await sendRaw(
        service.url,
        `${method} /users HTTP/1.1\r\nhost: roster.test\r\nconnection: close\r\n\r\n`,
      )
    // Each line parses, or this throws.
    const lines = service.logs().slice(before)
    assert.ok(lines.length >= names.length * 5)
    assert.ok(lines.every(({ level }) => ['info', 'warn', 'debug'].includes(String(level))))
    assert.doesNotMatch(JSON.stringify(lines), /admin login ok|\u2028|\u2029|\\u001b|red/)
    assert.deepEqual(
      [...new Set(lines.map(({ msg }) => msg))].filter((text) => /login ok/.test(String(text))),
      [],
    )
  })

  it('a failing mail is tried again with growing delays, then abandoned with a log line, an audit event and a count', async (t) => {
    const user = await service.createUser({ username: `m18-${engine.name}` })
    await smtp.next(user.email, 0)
    smtp.fail({ data: { code: 451, message: '4.7.1 Greylisted, canary-text' } })
    t.after(() => smtp.fail({}))
    await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
    let shifted = 0
    t.after(() => shiftClock(-shifted))
    const pass = (seconds: number) => {
      shifted += seconds
      shiftClock(seconds)
    }
    const row = () =>
      outbox().where('template', '=', 'reset-password').orderBy('created_at', 'desc').executeTakeFirst()
    for (const [index, base] of [5, 20, 80, 320].entries()) {
      const attempt = index + 1
      const beforeMs = nowMs()
      const found = await until(async () => {
        const now = await row()
        return now?.attempts === attempt && now.leased_until === null && now
      }, `attempt ${attempt}`)
      // The attempt ended between these two instants.
      const nextMs = Date.parse(found.next_attempt_at)
      const [atMost, atLeast] = [(nextMs - beforeMs) / 1000, (nextMs - nowMs()) / 1000]
      assert.ok(atMost > base * 0.7 && atLeast < base * 1.3, `${atLeast} to ${atMost} s of ${base} s`)
      pass(Math.max(0, atLeast) + 1)
    }
    pass(1800)
    const end = await until(async () => {
      const now = await row()
      return now?.failed_at != null && now
    }, 'the end')
    assert.match(end.last_error ?? '', /^expired, last EMESSAGE DATA 451 4\.7\.1$/)
    assert.equal(end.content, '')
    const event = await service.roster.database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('type', '=', 'mail.failed')
      .where('target_id', '=', user.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual(
      [event.outcome, event.actor_kind, event.reason, event.changes],
      ['failure', 'system', end.last_error, '{"template":"reset-password"}'],
    )
    const line = service.logs().filter((one) => one['event'] === 'mail.failed')
    assert.deepEqual(
      line.map((one) => one['mail_id']),
      [end.id],
    )
    assert.doesNotMatch(JSON.stringify([line, event]), /canary|example\.com|token/)
    smtp.fail({})
    // A later mail is sent.
    const later = await service.createUser({ username: `m18-later-${engine.name}` })
    await smtp.next(later.email, 0)
    await untilMailsAreSent(service.roster.database)
    assert.equal(
      smtp.to(user.email).filter(({ subject }) => subject.startsWith('Set a new password')).length,
      0,
    )
  })

  it('a mail with a permanent refusal is abandoned without another attempt, and others are sent', async (t) => {
    const user = await service.createUser({ username: `refused-${engine.name}` })
    await smtp.next(user.email, 0)
    smtp.fail({ rcpt: { code: 550, message: '5.7.1 Not wanted' } })
    t.after(() => smtp.fail({}))
    await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
    await until(
      () =>
        service.roster.database.read
          .selectFrom('audit_events')
          .selectAll()
          .where('type', '=', 'mail.failed')
          .where('target_id', '=', user.id)
          .executeTakeFirst(),
      'the event',
    )
    smtp.fail({})
    await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
    await until(
      () => smtp.to(user.email).find(({ subject }) => subject.startsWith('Set a new password')),
      'the next one',
    )
  })
})
