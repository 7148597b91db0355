import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { shiftClock } from '../../src/clock.ts'
import { usernameLooks } from '../../src/database/migrations/0025-username-looks.ts'
import { looksWithRn } from '../../src/database/migrations/0034-looks-with-rn.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

onBothEngines('usernames that look like others', (engine) => {
  let service: Service
  let smtp: Smtp
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
    await service.createUser({ username: 'paypal' })
    await service.createUser({ username: 'apple' })
  })
  after(() => smtp.stop())
  let count = 0
  const signUp = async (username: string, as?: string) => {
    count += 1
    const body = { username, email: `looks-${count}@example.com`, password }
    const answer = await service.call('POST', '/users', { body, ...(as ? { as } : {}) })
    return `${answer.status} ${answer.body.errors?.[0]?.code ?? answer.body.code ?? ''}`.trim()
  }

  it('are refused at sign-up: other scripts, digits for letters, mixed scripts, reserved names', async () => {
    for (const name of ['paypa1', 'раураӏ', 'аррӏе', 'app1e', 'ᴘᴀʏᴘᴀʟ'])
      assert.equal(await signUp(name), '409 username_taken', name)
    for (const name of ['раypal', 'аpple']) assert.equal(await signUp(name), '400 mixed_scripts', name)
    for (const name of ['r00t', 'гоот', 'adm1n', 'adrnin', 'ᴀᴅᴍɪɴ', 'ʀᴏᴏᴛ', 'ꜱᴜᴘᴘᴏʀᴛ', 'ᎡᎾᎾᎢ'])
      assert.equal(await signUp(name), '400 username_reserved', name)
    for (const name of ['ꓣꓳꓳꓔ', 'ꓮꓓꓟꓲꓠ', 'ⲟⲩ', 'ᗩᗷᑌ'])
      assert.equal(await signUp(name), '400 invalid_character', name)
    for (const name of [
      'ольга',
      '李小龍',
      'ひろゆき',
      'محمد',
      'ኢትዮጵያ',
      'payday',
      'jürgen',
      'modem',
      'modern',
    ])
      assert.equal(await signUp(name), '201', name)
  })

  it('are refused when people rename themselves, but for their own name', async () => {
    const user = await service.createUser({ username: 'bello' })
    const rename = async (username: string) =>
      (await service.call('PATCH', '/users/me', { as: user.token, body: { username } })).status
    assert.equal(await rename('paypa1'), 409)
    assert.equal(await rename('be11o'), 200)
  })

  it('can be set by administrators, who see the difference', async () => {
    const admin = await service.admin()
    for (const name of ['paypa1', 'аpple', 'r00t']) assert.equal(await signUp(name, admin.token), '201', name)
  })

  it('are refused in both orders, and one of two concurrent requests is refused', async () => {
    assert.equal(await signUp('сорус'), '201')
    assert.equal(await signUp('copyc'), '409 username_taken')
    const both = await Promise.all(['twin-one1', 'twin-onel'].map((name) => signUp(name)))
    assert.deepEqual(both.sort(), ['201', '409 username_taken'])
  })

  it('a former username is reserved for 30 days, and the user gets a mail', async () => {
    const admin = await service.admin()
    const as = admin.token
    const renamed = await service.createUser({ username: 'left-1' })
    const path = `/users/${renamed.id}`
    const rename = async (username: string) =>
      (await service.call('PATCH', path, { as, body: { username } })).status
    assert.equal(await rename('left-2'), 200)
    const told = /The username of your account at .* was changed to “left-2”/
    await until(
      () => smtp.received.some(({ to, text }) => to === renamed.email && told.test(text)),
      'the notice',
    )
    assert.equal(await signUp('left-1'), '409 username_taken')
    assert.equal(await signUp('1eft-l'), '409 username_taken')
    assert.equal(await rename('left-1'), 200, 'its user takes it back')
    assert.equal(await rename('left-2'), 200)

    const gone = await service.createUser({ username: 'gone-one' })
    assert.equal((await service.call('DELETE', `/users/${gone.id}`, { as })).status, 204)
    assert.equal(await signUp('gone-0ne'), '409 username_taken')
    assert.equal((await service.call('POST', `/users/${gone.id}/restore`, { as })).status, 200)
    const erased = await service.call('DELETE', `/users/${gone.id}?purge=true`, {
      as: { username: 'admin', password },
    })
    assert.equal(erased.status, 204)
    assert.equal(await signUp('gone-one'), '409 username_taken')
    const { database } = service.roster
    const looks = await database.read.selectFrom('username_looks').selectAll().execute()
    assert.ok(!looks.some(({ look }) => look.includes('gone')), 'the name of an erased user is not readable')
    assert.equal(looks.filter(({ user_id }) => user_id === gone.id).length, 1)

    shiftClock(31 * 24 * 3600)
    try {
      assert.equal(await signUp('left-1'), '201')
      assert.equal(await signUp('gone-one'), '201')
      await service.roster.users.endReservations(100)
      const kept = await database.read.selectFrom('username_looks').select('user_id').execute()
      assert.ok(!kept.some(({ user_id }) => user_id === gone.id))
    } finally {
      shiftClock(-31 * 24 * 3600)
    }
  })

  it('administrators give a name that is reserved', async () => {
    const admin = await service.admin()
    const user = await service.createUser({ username: 'handed' })
    const path = `/users/${user.id}`
    await service.call('PATCH', path, { as: admin.token, body: { username: 'handed-on' } })
    assert.equal(await signUp('handed', admin.token), '201')
  })

  it('first and last names lose invisible characters that their script does not need', async () => {
    const user = await service.createUser()
    const admin = await service.admin()
    const body = { first_name: 'A\u200dd\u{e0041}a\ufe0f', last_name: 'می\u200cخواهم' }
    const changed = await service.call('PATCH', '/users/me', { as: user.token, body })
    assert.deepEqual(
      [changed.status, changed.body.first_name, changed.body.last_name],
      [200, 'Ada', body.last_name],
    )
    const filter = encodeURIComponent(`first_name eq "Ada" and username eq "${user.username}"`)
    const found = await service.call('GET', `/users?filter=${filter}`, { as: admin.token })
    assert.equal(found.body.length, 1)
    const again = await service.call('PATCH', '/users/me', { as: user.token, body })
    assert.equal(again.headers.get('etag'), changed.headers.get('etag'), 'nothing changes')
  })

  it('names are kept in NFC', async () => {
    const admin = await service.admin()
    const { body } = await service.call('POST', '/users', {
      as: admin.token,
      body: {
        username: 'zoe\u0308',
        email: 'zoe\u0308@example.com',
        first_name: 'Zoe\u0308',
        last_name: 'Ange\u0301',
      },
    })
    assert.deepEqual(
      [body.username, body.email, body.first_name, body.last_name],
      ['zo\u00eb', 'zo\u00eb@example.com', 'Zo\u00eb', 'Ang\u00e9'],
    )
  })

  it('users from before the table of looks are in it', async () => {
    const { database } = service.roster
    for (const username of ['rn0dern1', 'ԁԛԝѵүꮃ', 'ωωω.σ', '1١一'])
      await service.roster.users.create(systemCaller, { username, email: `${count++}@old.example` })
    const list = () =>
      database.read
        .selectFrom('username_looks')
        .selectAll()
        .where('reserved_until', 'is', null)
        .orderBy('user_id')
        .execute()
    const before = await list()
    await database.transaction(async (tx) => {
      await tx.schema.dropTable('username_looks').execute()
      await usernameLooks.up(tx, database.dialect)
      await looksWithRn.up(tx, database.dialect)
    })
    assert.deepEqual(await list(), before)
  })
})
