import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { askForLink } from '../account/forgot.ts'
import { createEngine, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

const chosenByOwner = 'the owner chose this'
const chosenByThief = 'the thief chose this'

const change = (service: Service, as: string) =>
  service.call('PUT', '/users/me/password', {
    as,
    body: { current_password: password, password: chosenByThief },
  })
const reset = (service: Service, token: string) =>
  service.call('POST', '/auth/reset-password', { body: { token, password: chosenByOwner } })
const signIn = async (service: Service, { username }: TestUser, typed: string) =>
  (await service.call('POST', '/auth/login', { body: { username, password: typed } })).status

onBothEngines('concurrent changes of one account', (engine) => {
  let service: Service
  let smtp: Smtp
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
  })
  after(() => smtp.stop())

  it('a person who knew the former password cannot change it once the owner has reset it', async () => {
    for (let round = 0; round < 12; round += 1) {
      const user = await service.createUser()
      const { token } = await askForLink(service, smtp, user.email)
      // The change compares the password before it makes a hash, and the reset falls between the two.
      const changed = change(service, user.token)
      await sleep((round % 4) * 4)
      const { status } = await reset(service, token)
      const answers = [status, (await changed).status]
      const last = await signIn(service, user, chosenByThief)
      // A change that was quicker made the link void.
      assert.ok(
        last === 401 || status === 400,
        `reset and change ${answers}, then the thief's password ${last}`,
      )
    }
  })

  it('a link that was sent to a former address of the user sets no password', async () => {
    const user = await service.createUser()
    const { token } = await askForLink(service, smtp, user.email)
    // As if the link had been made just after another person replaced the address.
    await service.roster.database.transaction(async (tx) => {
      const address = { email: `moved-${user.email}`, email_key: `moved-${user.email}` }
      await tx.updateTable('users').set(address).where('id', '=', user.id).execute()
    })
    assert.equal((await reset(service, token)).body.code, 'invalid_grant')
    assert.equal(await signIn(service, user, password), 200)
  })
})

describe('concurrent changes of one account on PostgreSQL', () => {
  const { engine, cleanUp } = createEngine('postgres')
  after(cleanUp)

  it('lock rows in the same order, so that no deadlock occurs', async () => {
    const DATABASE_URL = await engine.createDatabase()
    const smtp = await startSmtp()
    const service = await engine.start({ DATABASE_URL, ROSTER_MAIL_URL: smtp.url })
    for (let round = 0; round < 12; round += 1) {
      const user = await service.createUser()
      const { token } = await askForLink(service, smtp, user.email)
      const email = `new-${user.email}`
      const asked = { email, current_password: password }
      assert.equal((await service.call('PATCH', '/users/me', { as: user.token, body: asked })).status, 200)
      const confirmation = { token: (await smtp.next(email, 0)).token }
      await Promise.all([
        reset(service, token),
        sleep(14 + round).then(() =>
          service.call('POST', '/auth/confirm-email', { as: user.token, body: confirmation }),
        ),
      ])
      const other = await service.createUser()
      await Promise.all([
        change(service, other.token),
        ...Array.from({ length: 8 }, (_, at) => sleep(at * 8).then(() => signIn(service, other, password))),
      ])
    }
    const admin = await service.admin()
    const users = await Promise.all(Array.from({ length: 12 }, () => service.createUser()))
    const upsert = (some: TestUser[], first_name: string) =>
      service.call('POST', '/users/import?mode=upsert', {
        as: admin.token,
        headers: { 'content-type': 'application/x-ndjson' },
        body: some.map(({ username, email }) => JSON.stringify({ username, email, first_name })).join('\n'),
      })
    for (let round = 0; round < 5; round += 1)
      await Promise.all([upsert(users, `a${round}`), upsert([...users].reverse(), `b${round}`)])
    await smtp.stop()
    // What its connections counted is written when they end.
    await service.stop()
    const client = new pg.Client(DATABASE_URL)
    await client.connect()
    const { rows } = await client.query(
      'select deadlocks from pg_stat_database where datname = current_database()',
    )
    await client.end()
    assert.equal(Number(rows[0].deadlocks), 0)
  })
})
