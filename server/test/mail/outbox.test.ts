import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { fromNow, shiftClock } from '../../src/clock.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { createSmtpMailer } from '../../src/mail/mailer.ts'
import { loadMessages } from '../../src/mail/messages.ts'
import { createOutbox } from '../../src/mail/outbox.ts'
import { type Sending, startSending } from '../../src/mail/sending.ts'
import { deriveKeys } from '../../src/secret-key.ts'
import { traceBy } from '../../src/tracing/tracing.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines } from '../harness.ts'
import { untilMailsAreSent } from './sent.ts'
import { type Smtp, startBlackHole, startSmtp } from './smtp.ts'

const keys = deriveKeys(randomBytes(32))
const messages = loadMessages({ folder: null, site: 'roster.test' })
const link = 'http://roster.test/account/verify#token=canary-token'

type GivenUp = { template: string; userId: string | null; reason: string }

/** A replica: an outbox on the database, with the mails that it abandoned and its log. */
function replica(database: Database, url: string) {
  const outbox = createOutbox({ database, ...keys })
  const gaveUp: GivenUp[] = []
  const lines: object[] = []
  const note = (fields: object) => void lines.push(fields)
  let sending: Sending | undefined
  const start = () => {
    sending = startSending({
      database,
      outbox,
      messages,
      mailer: createSmtpMailer({ url, from: 'Roster <roster@roster.test>' }),
      log: { warn: note, info: note } as never,
      leaseSeconds: 2,
      trace: traceBy(null),
      gaveUp: async (_, mail) => void gaveUp.push(mail),
    })
  }
  const queue = (
    address: string,
    expiresAt = fromNow(24 * 3600),
    urgency: 'link' | 'notice' | 'greeting' = 'notice',
  ) =>
    database.transaction((tx) =>
      outbox.queue(tx, {
        template: 'verify-email',
        to: { address },
        data: { username: 'alice', link, validity: '24 hours' },
        expiresAt,
        urgency,
        userId: 'user-1',
      }),
    )
  return { outbox, gaveUp, lines, start, queue, stop: async () => sending?.stop() }
}

onBothEngines('the outbox', (engine) => {
  let database: Database
  let smtp: Smtp
  const replicas: ReturnType<typeof replica>[] = []
  const begin = (url = smtp.url) => {
    const one = replica(database, url)
    replicas.push(one)
    one.start()
    return one
  }
  before(async () => {
    database = openDatabase({ url: await engine.createDatabase(), poolSize: 5 })
    await migrate(database)
  })
  beforeEach(async () => {
    smtp = await startSmtp()
  })
  afterEach(async () => {
    for (const one of replicas.splice(0)) await one.stop()
    await smtp.stop()
    await database.transaction((tx) => tx.deleteFrom('mail_outbox').execute())
  })
  after(() => database.close())

  it('links are sent before notices, and notices before greetings that were queued earlier', async () => {
    const one = replica(database, smtp.url)
    replicas.push(one)
    for (let at = 0; at < 40; at += 1) await one.queue(`new-${at}@example.com`, undefined, 'greeting')
    for (let at = 0; at < 10; at += 1) await one.queue(`told-${at}@example.com`, undefined, 'notice')
    await one.queue('waiting@example.com', undefined, 'link')
    one.start()
    await until(() => smtp.received.length === 51, 'all mails')
    const place = smtp.received.findIndex(({ to }) => to === 'waiting@example.com')
    assert.ok(place < 10, `place ${place}`)
    const lastNotice = smtp.received.findLastIndex(({ to }) => to.startsWith('told-'))
    assert.ok(lastNotice < 21, `place ${lastNotice} of the last notice`)
  })

  it('sends what was queued, as text and HTML, and empties the row', async () => {
    const { queue } = begin()
    await queue('alice@example.com')
    const mail = await smtp.next('alice@example.com', 0)
    assert.equal(mail.subject, 'Verify your e-mail address for roster.test')
    assert.equal(mail.from, 'roster@roster.test')
    assert.equal(mail.link, link)
    assert.match(mail.html, /<a href="http:\/\/roster.test\/account\/verify#token=canary-token"/)
    assert.match(mail.head, /^From: Roster <roster@roster.test>\r$/m)
    assert.match(mail.head, /^To: alice@example.com\r$/m)
    assert.match(mail.head, /^Auto-Submitted: auto-generated\r$/m)
    await untilMailsAreSent(database)
    const row = await database.read.selectFrom('mail_outbox').selectAll().executeTakeFirstOrThrow()
    assert.equal(row.content, '')
    assert.equal(mail.messageId, `<${row.id}@roster.test>`)
    assert.notEqual(row.sent_at, null)
  })

  it('keeps addresses and links encrypted, and sends nothing of a transaction that fails', async () => {
    const { outbox } = replica(database, smtp.url)
    const waiting = replica(database, smtp.url)
    await waiting.queue('barnabas@example.com')
    const stored = JSON.stringify(await database.read.selectFrom('mail_outbox').selectAll().execute())
    // Words that a cipher text does not spell by chance, as it did with three letters.
    assert.doesNotMatch(stored, /barnabas|example|canary/)
    const failed = database.transaction(async (tx) => {
      await outbox.queue(tx, {
        template: 'verify-email',
        to: { address: 'nobody@example.com' },
        data: {},
        expiresAt: fromNow(60),
        userId: null,
      })
      throw new Error('rolled back')
    })
    await assert.rejects(failed, /rolled back/)
    begin()
    await untilMailsAreSent(database)
    assert.deepEqual(
      smtp.received.map(({ to }) => to),
      ['barnabas@example.com'],
    )
  })

  it('five replicas send each of 200 mails once', async () => {
    const [first] = [begin(), begin(), begin(), begin(), begin()]
    await Promise.all(Array.from({ length: 200 }, (_, index) => first!.queue(`user-${index}@example.com`)))
    await untilMailsAreSent(database)
    for (const one of replicas.splice(0)) await one.stop()
    assert.equal(smtp.received.length, 200)
    assert.equal(new Set(smtp.received.map(({ to }) => to)).size, 200)
  })

  it('does not send an expired mail, and records that', async () => {
    const one = begin()
    await one.queue('late@example.com', fromNow(-1))
    await until(() => one.gaveUp[0], 'the note')
    assert.deepEqual(one.gaveUp, [{ template: 'verify-email', userId: 'user-1', reason: 'expired' }])
    assert.equal(smtp.received.length, 0)
    // The note is part of the transaction that ends the mail.
    await until(async () => (await one.outbox.status()).failed === 1, 'the metric')
  })

  it('deletes after a week mails that were sent, failed or expired', async () => {
    const { outbox, queue } = replica(database, smtp.url)
    for (const name of ['sent', 'failed', 'expired', 'waiting'])
      await queue(`${name}@example.com`, fromNow(name === 'waiting' ? 9 * 86_400 : 60))
    const ids = (await database.read.selectFrom('mail_outbox').select('id').orderBy('id').execute()).map(
      ({ id }) => id,
    )
    await database.transaction(async (tx) => {
      const change = (id: string, changes: object) =>
        tx.updateTable('mail_outbox').set(changes).where('id', '=', id).execute()
      await change(ids[0]!, { sent_at: fromNow(0), expires_at: fromNow(9 * 86_400) })
      await change(ids[1]!, { failed_at: fromNow(0), expires_at: fromNow(9 * 86_400) })
    })
    assert.equal(await outbox.deleteOld(10), 0)
    shiftClock(7 * 86_400 + 120)
    assert.equal(await outbox.deleteOld(10), 3)
    shiftClock(-7 * 86_400 - 120)
    const left = await database.read.selectFrom('mail_outbox').select('id').execute()
    assert.deepEqual(left, [{ id: ids[3] }])
  })

  it('abandons a mail when the recipient is refused permanently, at RCPT and after the data', async () => {
    const one = begin()
    smtp.fail({ rcpt: { code: 550, message: '5.1.1 canary-address unknown' } })
    await one.queue('gone@example.com')
    await until(() => one.gaveUp.length === 1, 'the first')
    smtp.fail({ data: { code: 550, message: '5.1.1 canary-address unknown' } })
    await one.queue('gone@example.com')
    await until(() => one.gaveUp.length === 2, 'the second')
    // `gaveUp` is called before the commit.
    await until(async () => (await one.outbox.status()).queued === 0, 'the commit')
    const rows = await database.read.selectFrom('mail_outbox').selectAll().execute()
    for (const row of rows) {
      assert.match(row.last_error ?? '', /^(EENVELOPE RCPT TO|EMESSAGE DATA) 550 5\.1\.1$/)
      assert.equal(row.content, '')
      assert.notEqual(row.failed_at, null)
    }
    assert.doesNotMatch(JSON.stringify([rows, one.lines]), /canary|gone@|alice/)
  })

  it('abandons a mail without another attempt when a policy refuses it permanently', async () => {
    const one = begin()
    const faults = [
      { rcpt: { code: 550, message: '5.7.1 Relaying denied' } },
      { data: { code: 554, message: '5.7.1 Looks like spam' } },
    ]
    for (const [index, fault] of faults.entries()) {
      smtp.fail(fault)
      await one.queue('unwanted@example.com')
      await until(() => one.gaveUp[index], 'the note')
    }
    assert.deepEqual(
      one.gaveUp.map(({ reason }) => reason),
      ['EENVELOPE RCPT TO 550 5.7.1', 'EMESSAGE DATA 554 5.7.1'],
    )
    const events = one.lines.map((line) => (line as { event: string }).event)
    assert.deepEqual(events, ['mail.failed', 'mail.failed'])
    await until(async () => (await one.outbox.status()).failed === 2, 'both in the metric')
    assert.equal((await one.outbox.status()).queued, 0)
  })

  it('sends a mail once, also with a slow server and a second replica whose clock is two minutes ahead', async (t) => {
    const leasedUntil = async () =>
      (await database.read.selectFrom('mail_outbox').selectAll().executeTakeFirstOrThrow()).leased_until ?? ''
    const { reached, release } = smtp.hold('data')
    const one = begin()
    await one.queue('slow@example.com')
    await reached
    const first = await leasedUntil()
    shiftClock(120)
    t.after(() => shiftClock(-120))
    const other = begin()
    // Longer than the lease, which therefore must be renewed.
    await until(async () => Date.parse(await leasedUntil()) - Date.parse(first) > 4000, 'the renewals')
    release()
    await untilMailsAreSent(database)
    await one.stop()
    await other.stop()
    assert.equal(smtp.received.length, 1)
    assert.deepEqual([one.lines, other.lines], [[], []])
  })

  it('asks whether a mail may end only after the server has accepted the recipient', async (t) => {
    const order: string[] = []
    const { reached, release } = smtp.hold('rcpt')
    const mailer = createSmtpMailer({ url: smtp.url, from: 'roster@roster.test' })
    t.after(() => mailer.close())
    const mail = { id: 'mail-1', to: { address: 'slow@example.com' }, subject: 'A', text: 'a', html: '<p>a' }
    const mayEnd = async () => void order.push('end')
    const delivery = mailer.deliver(mail, mayEnd, new AbortController().signal)
    await reached
    // Another server gets a complete mail first, which takes longer than a question that comes too early.
    const other = await startSmtp()
    const control = createSmtpMailer({ url: other.url, from: 'roster@roster.test' })
    t.after(() => {
      control.close()
      return other.stop()
    })
    await control.deliver({ ...mail, id: 'mail-2' }, async () => {}, new AbortController().signal)
    order.push('accepted')
    release()
    assert.deepEqual([await delivery, order], [{ outcome: 'sent' }, ['accepted', 'end']])
  })

  it('does not finish a mail that another replica has taken over', async () => {
    const { reached, release } = smtp.hold('rcpt')
    const one = begin()
    await one.queue('contested@example.com')
    await reached
    const take = (leased_until: string | null) =>
      database.transaction((tx) => tx.updateTable('mail_outbox').set({ leased_until }).execute())
    await take(fromNow(3600))
    release()
    await until(() => smtp.ended() === 1, 'the end of the attempt')
    assert.equal(smtp.received.length, 0)
    assert.deepEqual([one.lines, (await one.outbox.status()).queued], [[], 1])
    await take(null)
    await smtp.next('contested@example.com', 0)
    await until(async () => (await one.outbox.status()).queued === 0, 'the end of it')
    assert.equal(smtp.received.length, 1)
  })

  for (const [name, fault] of [
    ['greylisting', { rcpt: { code: 451, message: '4.7.1 Greylisted' } }],
    ['a server that wants us to sign in', { from: { code: 530, message: '5.7.0 Authentication required' } }],
    ['a server that shuts down', { data: { code: 421, message: '4.3.2 Shutting down' } }],
    ['a server that is busy', { connect: { code: 421, message: 'Too busy' } }],
  ] as const) {
    it(`tries again after ${name}`, async () => {
      smtp.fail(fault)
      const one = begin()
      await one.queue('patient@example.com')
      const row = await until(async () => {
        const found = await database.read.selectFrom('mail_outbox').selectAll().executeTakeFirst()
        return found?.last_error != null && found
      }, 'the note of it')
      assert.match(row.last_error ?? '', /\b(451|530|421)\b/)
      assert.equal(row.failed_at, null)
      smtp.fail({})
      shiftClock(10)
      await smtp.next('patient@example.com', 0)
      assert.deepEqual(one.gaveUp, [])
      assert.equal(smtp.received.length, 1)
    })
  }
})

onBothEngines('an outage of the mail server', (engine) => {
  let database: Database
  before(async () => {
    database = openDatabase({ url: await engine.createDatabase(), poolSize: 5 })
    await migrate(database)
  })
  after(() => database.close())

  it('1,000 mails are sent afterwards, once each, except expired ones', async () => {
    const reserved = await startSmtp()
    await reserved.stop()
    const one = replica(database, reserved.url)
    one.start()
    for (let batch = 0; batch < 10; batch += 1)
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => one.queue(`user-${batch}-${index}@example.com`)),
      )
    for (let index = 0; index < 5; index += 1) await one.queue(`reset-${index}@example.com`, fromNow(1800))
    await until(() => one.lines.length > 0, 'a failed attempt')
    assert.equal((await one.outbox.status()).queued, 1005)
    shiftClock(3600)
    assert.ok((await one.outbox.status()).oldest_seconds >= 3600)
    const smtp = await startSmtp({ port: reserved.port })
    await until(() => smtp.received.length >= 1000, '1,000 mails', 240_000)
    await untilMailsAreSent(database)
    await one.stop()
    shiftClock(-3600)
    assert.equal(one.gaveUp.length, 5)
    assert.equal(smtp.received.length, 1000)
    assert.equal(new Set(smtp.received.map(({ to }) => to)).size, 1000)
    assert.ok(one.gaveUp.every(({ reason }) => reason.startsWith('expired')))
    await smtp.stop()
  })

  it('a server that never answers delays mails and loses none', async () => {
    const hole = await startBlackHole()
    const first = replica(database, hole.url)
    first.start()
    await first.queue('patient@example.com')
    await until(() => first.lines.length > 0, 'the failure')
    assert.match(JSON.stringify(first.lines[0]), /"mail.server_lost","reason":"ETIMEDOUT CONN"/)
    await first.stop()
    await hole.stop()
    const smtp = await startSmtp({ port: hole.port })
    const second = replica(database, hole.url)
    second.start()
    await smtp.next('patient@example.com', 0)
    await second.stop()
    await smtp.stop()
  })

  it('?tls=required sends nothing to a server without TLS', async () => {
    const smtp = await startSmtp()
    const one = replica(database, `${smtp.url}?tls=required`)
    one.start()
    await one.queue('careful@example.com')
    await until(() => one.lines.length > 0, 'the failure')
    assert.match(JSON.stringify(one.lines[0]), /"mail.server_lost"/)
    assert.equal(smtp.received.length, 0)
    await one.stop()
    await smtp.stop()
    await database.transaction((tx) => tx.deleteFrom('mail_outbox').execute())
  })

  // The certificate of a mail server on this machine is not verified, so its address must not be a loopback one.
  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)
  const skip = address === undefined && 'this machine has no address but loopback'
  it('a server with a self-signed certificate gets no mail', { skip }, async (t) => {
    const smtp = await startSmtp({ tls: 'self-signed', host: address!.address })
    t.after(() => smtp.stop())
    const one = replica(database, smtp.url)
    t.after(() => one.stop())
    one.start()
    await one.queue('careful@example.com')
    await until(() => one.lines.length > 0, 'the failure')
    assert.match(JSON.stringify(one.lines[0]), /"mail.server_lost","reason":"ESOCKET CONN certificate"/)
    assert.equal((await one.outbox.status()).queued, 1)
    assert.equal(smtp.received.length, 0)
  })
})

describe('messages', () => {
  it('a name is no header, no markup and no link', () => {
    const { subject, text, html } = messages.render('verify-email', {
      username: 'x\r\nBcc: y@z <img src=x> https://evil.example.com',
      link,
      validity: '24 hours',
    })
    assert.doesNotMatch(subject, /[\r\n]/)
    assert.doesNotMatch(text, /\nBcc:/)
    assert.doesNotMatch(html, /<img/)
    assert.doesNotMatch(text + html, /https:\/\/evil|evil\.example|y@z/)
    assert.match(messages.render('new-device', { username: 'jane.doe' }).text, /Hello jane\.\u2060doe,/)
    assert.doesNotMatch(messages.render('new-device', { username: 'evil.com' }).text, /evil\.com/)
  })

  it('an operator overrides a template; a fault in a template is reported at the start', () => {
    const folder = mkdtempSync(join(tmpdir(), 'roster-templates-'))
    const load = () => loadMessages({ folder, site: 'roster.test' })
    writeFileSync(join(folder, 'invitation.txt'), 'Subject: Willkommen\n\nHallo {{username}}\n')
    const { subject, text, html } = load().render('invitation', { username: 'a&b' })
    assert.deepEqual([subject, text], ['Willkommen', 'Hallo a&b\n'])
    assert.match(html, /<p>Hallo a&amp;b<\/p>/)
    writeFileSync(join(folder, 'invitation.html'), '<h1>{{user_name}}</h1>')
    assert.throws(load, /invitation\.html has the unknown placeholder \{\{user_name\}\}/)
    rmSync(join(folder, 'invitation.html'))
    writeFileSync(join(folder, 'invite.txt'), 'Subject: x')
    assert.throws(load, /ROSTER_MAIL_TEMPLATES has invite\.txt/)
    rmSync(folder, { recursive: true })
  })
})
