import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import type { Outcome } from '../../src/audit-events.ts'
import { importHibp } from '../../src/features/passwords/breached/import-hibp.ts'
import { isWhole, openBreachedList } from '../../src/features/passwords/breached/list.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'roster-breached-'))
after(() => rmSync(folder, { recursive: true }))

const linesOf = (passwords: readonly string[]) =>
  passwords
    .map((each) => createHash('sha1').update(each).digest('hex').toUpperCase())
    .sort()
    .map((hash) => `${hash}:7\r\n`)
const write = (target: string, lines: readonly string[]) => importHibp(Readable.from(lines), target)

describe('a list of breached passwords', () => {
  const file = join(folder, 'list')
  const known = Array.from({ length: 5000 }, () => randomBytes(9).toString('base64url'))

  it('has each of its passwords, and no other', async () => {
    assert.equal(await write(file, linesOf(known)), 5000)
    const list = openBreachedList(file)
    assert.deepEqual(
      known.filter((each) => !list.has(each)),
      [],
    )
    assert.equal(known.filter((each) => list.has(`${each}!`)).length, 0)
    assert.equal(await isWhole(file), true)
  })

  it('is found in lists of every small size', async () => {
    for (const size of [1, 2, 3, 511, 512, 513]) {
      const some = join(folder, `list-${size}`)
      await write(some, linesOf(known.slice(0, size)))
      const list = openBreachedList(some)
      assert.ok(known.slice(0, size).every((each) => list.has(each)))
      assert.ok(!known.slice(size).some((each) => list.has(each)))
    }
  })

  it('stays as it is when the new one is wrong', async () => {
    const before = readFileSync(file)
    const lines = linesOf(known)
    await assert.rejects(write(file, [...lines].reverse()), /Line 2 is not in order/)
    await assert.rejects(write(file, [lines[0]!, 'secret\n']), /Line 2 is not a SHA-1/)
    await assert.rejects(write(file, []), /no hashes/)
    assert.deepEqual(readFileSync(file), before)
    assert.equal(existsSync(`${file}.new`), false)
  })

  it('is refused when it is damaged', async () => {
    const whole = readFileSync(file)
    const damaged = join(folder, 'damaged')
    writeFileSync(damaged, whole.subarray(0, whole.length - 3))
    assert.throws(() => openBreachedList(damaged), /is damaged/)
    writeFileSync(damaged, 'something else')
    assert.throws(() => openBreachedList(damaged), /is no list/)
    const flipped = Buffer.from(whole)
    flipped[flipped.length - 1]! ^= 1
    writeFileSync(damaged, flipped)
    assert.equal(await isWhole(damaged), false)
  })
})

onBothEngines('breached passwords', (engine) => {
  const stolen = 'a stolen horse battery'
  let noticing: Service
  let refusing: Service
  let user: TestUser
  before(async () => {
    const url = await sharedDatabase(engine)
    const list = join(folder, engine.name)
    await write(list, linesOf([password, stolen]))
    // The account is older than the list.
    const former = await engine.start({ DATABASE_URL: url })
    user = await former.createUser()
    await former.stop()
    const settings = { DATABASE_URL: url, ROSTER_BREACHED_PASSWORDS: list }
    noticing = await engine.start(settings)
    refusing = await engine.start({ ...settings, ROSTER_BREACHED_SIGN_IN: 'refuse' })
  })
  const login = (on: Service, secret = password) =>
    on.call('POST', '/auth/login', { body: { username: user.username, password: secret } })
  const mails = async (template: string) =>
    (
      await noticing.roster.database.scan
        .selectFrom('mail_outbox')
        .select('id')
        .where('template', '=', template)
        .execute()
    ).length
  const events = async (outcome: Outcome) =>
    (
      await noticing.roster.database.scan
        .selectFrom('audit_events')
        .select('id')
        .where('type', '=', 'password.breached')
        .where('outcome', '=', outcome)
        .execute()
    ).length

  it('are detected at a sign-in, which succeeds', async () => {
    assert.equal((await login(noticing, 'wrong password')).status, 401)
    assert.deepEqual([await events('success'), await mails('password-breached')], [0, 0])
    assert.equal((await login(noticing)).status, 200)
    assert.deepEqual([await events('success'), await mails('password-breached')], [1, 1])
  })

  it('open nothing where the policy refuses them, and the owner gets a link', async () => {
    const refused = await login(refusing)
    assert.deepEqual([refused.status, refused.body.code], [403, 'password_breached'])
    assert.deepEqual([await events('failure'), await mails('password-breached-refused')], [1, 1])
    assert.equal((await login(refusing, 'wrong password')).body.code, 'invalid_credentials')
    const basic = await refusing.call('GET', '/users/me', { as: { username: user.username, password } })
    assert.equal(basic.status, 401)
  })

  it('cannot be chosen', async () => {
    const change = (chosen: string) =>
      noticing.call('PUT', '/users/me/password', {
        as: user.token,
        body: { current_password: password, password: chosen },
      })
    const refused = await change(stolen)
    assert.deepEqual([refused.status, refused.body.errors[0].code], [400, 'password_blocklisted'])
    const body = { username: 'newcomer', email: 'newcomer@example.com', password: stolen }
    assert.equal((await noticing.call('POST', '/users', { body })).status, 400)
    assert.equal((await change('another horse battery')).status, 204)
    assert.equal((await login(refusing, 'another horse battery')).status, 200)
  })
})
