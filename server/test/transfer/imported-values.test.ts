import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

// biome-ignore lint/suspicious/noExplicitAny: results of every shape
type Line = any

onBothEngines('the values of an imported file', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const importFile = async (body: string, query = '', type = 'text/csv') => {
    const { status, text } = await service.call('POST', `/users/import${query}`, {
      as: admin.token,
      headers: { 'content-type': type },
      body,
    })
    assert.equal(status, 200, text)
    return text
      .trim()
      .split('\n')
      .map((line): Line => JSON.parse(line))
      .slice(0, -1)
  }
  const find = async (email: string) =>
    (await service.call('GET', `/users?email=${email}`, { as: admin.token })).body[0]
  const signIn = async (username: string, password: string) =>
    (await service.call('POST', '/auth/login', { body: { username, password } })).status

  it('are dates in the order that the whole file shows', async () => {
    const rows = (last: string) =>
      ['username,email,created_at', 'd1,d1@example.com,03/04/2020', `d2,d2@example.com,${last}`].join('\n')
    const read = async () => (await find('d1@example.com')).created_at.slice(0, 10)
    for (const [last, expected] of [
      ['25/12/2020', '2020-04-03'],
      ['12/25/2020', '2020-03-04'],
    ] as const) {
      await importFile(rows(last))
      assert.equal(await read(), expected)
      for (const name of ['d1', 'd2']) {
        const { id } = await find(`${name}@example.com`)
        const { status } = await service.call('DELETE', `/users/${id}`, { as: admin.token })
        assert.equal(status, 204)
      }
    }
    const [row] = await importFile(rows('05/06/2020'))
    assert.match(row.notes.join(), /created_at, which may be day or month first, is not imported/)
    assert.notEqual((await read()).slice(0, 4), '2020')
  })

  it('are a status by number: 1 is active, 0 disabled, others open no account', async () => {
    const rows = ['1', '0', '7'].map((status) => `st${status},st${status}@example.com,${status}`)
    const results = await importFile(['username,email,status', ...rows].join('\n'))
    assert.match(results[2].notes.join(), /status 7 is not known here, so the account is disabled/)
    const found = await Promise.all(['1', '0', '7'].map((status) => find(`st${status}@example.com`)))
    assert.deepEqual(
      found.map(({ status }) => status),
      ['active', 'disabled', 'disabled'],
    )
  })

  it('are integers of any size exactly, and over the API never another number', async () => {
    const big = '12345678901234567891'
    const user = `{"realm":"r","users":[{"id":${big},"username":"big","email":"big@example.com","enabled":true,"n":${big}}]}`
    await importFile(user, '', 'application/json')
    const { external_id, metadata } = await find('big@example.com')
    assert.deepEqual([external_id, metadata], [big, { n: big }])
    const body = `{"username":"bigger","email":"bigger@example.com","metadata":{"n":9007199254740993}}`
    const { status, body: problem } = await service.call('POST', '/users', { as: admin.token, body })
    assert.deepEqual(
      [status, problem.errors[0].pointer, problem.errors[0].code],
      [400, '/metadata/n', 'out_of_range'],
    )
  })

  it('are plain passwords that are too weak only as the caller wants', async () => {
    const rows = (name: string) => `username,email,password\n${name},${name}@example.com,password1\n`
    const [reset] = await importFile(rows('weak-reset'))
    assert.match(reset.notes.join(), /too weak and is not imported/)
    const [refused] = await importFile(rows('weak-refused'), '?weak_passwords=refuse')
    assert.deepEqual([refused.result, refused.errors[0].pointer], ['failed', '/password'])
    const [kept] = await importFile(rows('weak-kept'), '?weak_passwords=keep')
    assert.equal(kept.result, 'created')
    assert.deepEqual(
      [await signIn('weak-reset', 'password1'), await signIn('weak-kept', 'password1')],
      [401, 200],
    )
  })

  it('are digests whose scheme the caller states', async () => {
    const digest = createHash('sha256').update('pepper-salt').update('plums in the cellar 9').digest('hex')
    const rows = `username,email,password,salt\nstated,stated@example.com,${digest},pepper-salt\n`
    assert.equal((await importFile(rows))[0].errors[0].code, 'unsupported_hash')
    await importFile(rows, '?hash=sha256:salt%2Bpassword')
    assert.equal(await signIn('stated', 'plums in the cellar 9'), 200)
    const { status } = await service.call('POST', '/users/import?hash=rot13', {
      as: admin.token,
      headers: { 'content-type': 'text/csv' },
      body: rows,
    })
    assert.equal(status, 400)
  })

  it('are shown by a dry run as they would arrive, without passwords', async () => {
    const rows = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (name) => `dry ${name},dry-${name}@example.com,Ann,secret-${name}-word`,
    )
    const { text } = await service.call('POST', '/users/import?dry_run=true', {
      as: admin.token,
      headers: { 'content-type': 'text/csv' },
      body: ['login,mail,Vorname,Passwort', ...rows].join('\n'),
    })
    const { summary } = JSON.parse(text.trim().split('\n').at(-1)!)
    assert.equal(summary.samples.length, 5)
    assert.deepEqual(summary.samples[0], {
      ...{ row: 2, username: 'dry-a', email: 'dry-a@example.com', first_name: 'Ann', password: 'plain' },
    })
    assert.doesNotMatch(text, /secret-/)
  })

  it('are a password if they only begin like a disabled hash', async () => {
    await importFile('username,email,password\nbang,bang@example.com,!plums & pears in June\n')
    assert.equal(await signIn('bang', '!plums & pears in June'), 200)
    const [locked] = await importFile('username,email,password\nshut,shut@example.com,!Xyz123Abc456\n')
    assert.match(locked.notes.join(), /password is locked/)
  })

  it('are ids without dashes, which stay, unless their name says that they are secret', async () => {
    const uuid = '0b6a2f4c8d1e4f7a9b3c5d7e9f1a2b3c'
    await importFile(
      `username,email,device,reset_token,digest\nhex,hex@example.com,${uuid},${uuid},${'5f4dcc3b5aa765d61d8327deb882cf99'}\n`,
    )
    assert.deepEqual((await find('hex@example.com')).metadata, { device: uuid })
  })
})
