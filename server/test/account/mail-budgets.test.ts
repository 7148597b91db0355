import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { resetMails } from './forgot.ts'

const limits = { ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_PROXIES: '127.0.0.1' }
const times = (count: number) => Array.from({ length: count }, (_, at) => at)

onBothEngines('mails that strangers cause', (engine) => {
  let service: Service
  let smtp: Smtp
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ...limits, ROSTER_MAIL_URL: smtp.url })
  })
  after(() => smtp.stop())
  const post = (path: string, body: object | undefined, address: string, as?: string) =>
    service.call('POST', path, {
      ...(body ? { body } : {}),
      ...(as ? { as } : {}),
      headers: { 'x-forwarded-for': address },
    })
  const forgot = async (email: string, address: string) =>
    assert.equal((await post('/auth/forgot-password', { email }, address)).status, 202)
  const noneWaits = () =>
    until(async () => {
      const { database } = service.roster
      const asked = await database.read.selectFrom('account_requests').select('id').execute()
      const mails = await database.read
        .selectFrom('mail_outbox')
        .select('id')
        .where('sent_at', 'is', null)
        .execute()
      return asked.length + mails.length === 0
    }, 'all mails')
  const countResets = async (email: string) => {
    await noneWaits()
    return resetMails(smtp, email).length
  }

  it('are few for one inbox, however many unproven accounts with its plus tags a stranger makes busy', async () => {
    for (const at of times(4)) {
      const { token } = await service.createUser({ email: `flooded+${at}@example.com` })
      for (const turn of times(4)) {
        const { status } = await service.call('PATCH', '/users/me', {
          as: token,
          body: { username: `busy-${at}-${turn}` },
          headers: { 'x-forwarded-for': `198.51.100.${at + 30}` },
        })
        assert.equal(status, 200)
      }
    }
    await noneWaits()
    const renamed = times(4)
      .flatMap((at) => smtp.to(`flooded+${at}@example.com`))
      .filter((mail) => /username/i.test(mail.subject))
    assert.equal(renamed.length, 10)
  })

  it('do not use up what the owner may ask for from elsewhere', async () => {
    const { email } = await service.createUser({ email_verified: true })
    for (const _ of times(5)) await forgot(email, '198.51.100.1')
    assert.equal(await countResets(email), 3)
    await forgot(email, '203.0.113.1')
    assert.equal(await countResets(email), 4)
  })

  it('are bounded in all, but not for a network that the account knows, nor for the signed-in owner', async () => {
    const { email, username, token } = await service.createUser()
    const home = '203.0.113.2'
    assert.equal((await post('/auth/login', { username, password }, home)).status, 200)
    for (const at of times(12)) await forgot(email, `198.51.100.${at + 10}`)
    assert.equal(await countResets(email), 9)
    await forgot(email, '198.51.100.99')
    assert.equal(await countResets(email), 9)
    await forgot(email, home)
    assert.equal(await countResets(email), 10)
    const resend = (address: string, as?: string) =>
      post('/auth/verify-email/resend', as ? undefined : { email }, address, as)
    for (const at of times(12)) assert.equal((await resend(`198.51.100.${at + 10}`)).status, 202)
    await noneWaits()
    const before = smtp.to(email).length
    assert.equal((await resend('198.51.100.10')).status, 202)
    await noneWaits()
    assert.equal(smtp.to(email).length, before)
    assert.equal((await resend('198.51.100.10', token)).status, 202)
    await noneWaits()
    assert.equal(smtp.to(email).length, before + 1)
  })

  it('do not void a link that was not used; one that is used voids the others', async () => {
    const { email } = await service.createUser({ email_verified: true })
    await forgot(email, '203.0.113.3')
    assert.equal(await countResets(email), 1)
    await forgot(email, '198.51.100.3')
    assert.equal(await countResets(email), 2)
    const [own, stranger] = resetMails(smtp, email)
    const reset = (token: string) =>
      post('/auth/reset-password', { token, password: 'another good one' }, '203.0.113.3')
    assert.equal((await reset(own!.token)).status, 204)
    assert.equal((await reset(stranger!.token)).body.code, 'invalid_grant')
  })

  it('reach one inbox five times a day for all its plus tags and dots', async () => {
    const sent = () => smtp.received.filter(({ to }) => to.includes(`@${engine.name}.example`)).length
    for (const at of times(8)) {
      const email = at % 2 ? `vic.tim+${at}@${engine.name}.example` : `victim+${at}@${engine.name}.example`
      const { status } = await post(
        '/users',
        { username: `plus-${at}`, email, password },
        `198.51.100.${at + 100}`,
      )
      assert.equal(status, 201)
    }
    await noneWaits()
    assert.equal(sent(), 5)
  })

  it('record no event about an address without an account', async () => {
    for (const at of times(3)) await forgot(`nobody-${at}@example.com`, '198.51.100.4')
    await noneWaits()
    const { database, floods } = service.roster
    const events = () =>
      database.read
        .selectFrom('audit_events')
        .select(['outcome', 'changes'])
        .where('type', '=', 'password.reset_requested')
        .where('target_kind', 'is distinct from', 'user')
        .execute()
    assert.deepEqual(await events(), [])
    await floods.flush()
    const [counted] = await events()
    assert.equal(JSON.parse(counted?.changes ?? '{}').count, 3)
  })

  it('one network makes a hundred accounts an hour, an administrator as many as they want', async () => {
    const admin = await service.admin()
    const make = async (name: string, as?: string) =>
      (await post('/users', { username: name, email: `${name}@example.com` }, '198.51.100.5', as)).status
    assert.equal(await make('first-of-network'), 201)
    await service.roster.database.transaction((tx) =>
      tx.updateTable('attempts').set({ count: 99 }).where('key', 'like', 'sign-ups-hour:%').execute(),
    )
    assert.equal(await make('last-of-network'), 201)
    const { token } = await service.createUser()
    assert.equal(await make('one-too-many'), 429)
    assert.equal(await make('one-too-many', token), 429)
    assert.equal(await make('one-more', admin.token), 201)
  })
})
