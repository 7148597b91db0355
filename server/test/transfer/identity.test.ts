import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

// biome-ignore lint/suspicious/noExplicitAny: results of every shape
type Line = any

onBothEngines('the user that a row of an import matches', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const importCsv = async (rows: string[], query = '') => {
    const { status, text } = await service.call('POST', `/users/import${query}`, {
      as: admin.token,
      headers: { 'content-type': 'text/csv' },
      body: `${rows.join('\n')}\n`,
    })
    assert.equal(status, 200, text)
    const lines: Line[] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return lines.slice(0, -1)
  }
  const find = async (email: string) =>
    (await service.call('GET', `/users?email=${email}`, { as: admin.token })).body[0]

  it('is no user who is connected only by the number of another system', async () => {
    await importCsv(['id,username,email', '1,lara,lara@example.com'])
    const lara = await find('lara@example.com')
    for (const mode of ['create', 'upsert']) {
      const [result] = await importCsv(['id,username,email', '1,wanda,wanda@example.net'], `?mode=${mode}`)
      assert.deepEqual([result.result, result.errors[0].code], ['failed', 'external_id_taken'], mode)
      assert.match(result.errors[0].detail, new RegExp(`external id belongs to user ${lara.id}`))
    }
    assert.deepEqual(await find('lara@example.com'), lara)
    const [again] = await importCsv(['id,username,email', '1,lara,lara.new@example.com'], '?mode=upsert')
    assert.deepEqual([again.result, again.id], ['updated', lara.id])
  })

  it('is another person when the source of the ids is another', async () => {
    const header = 'id,username,email'
    const [a] = await importCsv([header, '500,src-a,src-a@example.com'], '?source=crm')
    const [b] = await importCsv([header, '500,src-b,src-b@example.com'], '?source=shop')
    assert.deepEqual([a.result, b.result], ['created', 'created'])
    assert.equal((await find('src-a@example.com')).external_id, 'crm:500')
    const changed = [header, '500,src-b2,src-b2@example.com']
    const [again] = await importCsv(changed, '?source=shop&mode=upsert')
    assert.deepEqual([again.result, again.id], ['updated', b.id])
    assert.equal((await find('src-a@example.com')).username, 'src-a')
    assert.equal((await service.call('POST', '/users/import?source=a%3Ab', { as: admin.token })).status, 400)
  })

  it('is another person when two systems number their users alike, without any option', async () => {
    const realm = (user: object) => JSON.stringify({ realm: 'r', users: [user] })
    const send = async (user: object, query: string) => {
      const { text } = await service.call('POST', `/users/import${query}`, {
        as: admin.token,
        headers: { 'content-type': 'application/json' },
        body: realm(user),
      })
      return JSON.parse(text.split('\n')[0]!)
    }
    await importCsv(['id,username,email', '900,num-a,num-a@example.com'])
    const user = { id: '900', username: 'num-b', email: 'num-b@example.com' }
    const first = await send(user, '')
    assert.equal(first.result, 'created', JSON.stringify(first))
    const again = await send({ ...user, firstName: 'Bo' }, '?mode=upsert')
    assert.deepEqual([again.result, again.id], ['updated', first.id])
    const ids = [await find('num-a@example.com'), await find('num-b@example.com')].map(
      (one) => one.external_id,
    )
    assert.deepEqual(ids, ['900', 'keycloak:900'])
  })

  it('is no user when its keys belong to two users, and the fault names both', async () => {
    await importCsv(['id,username,email', '71,two-a,two-a@example.com', '72,two-b,two-b@example.com'])
    const [a, b] = [await find('two-a@example.com'), await find('two-b@example.com')]
    for (const mode of ['create', 'upsert']) {
      const results = await importCsv(
        ['id,username,email', '71,two-a,two-b@example.com', '71,two-b,two-a@example.com'],
        `?mode=${mode}`,
      )
      assert.deepEqual(
        results.map(({ errors }) => errors?.[0].code),
        ['email_taken', 'username_taken'],
        mode,
      )
      const detail = `The external id belongs to user ${a.id}, but the e-mail address belongs to user ${b.id}.`
      assert.equal(results[0].errors[0].detail, detail)
    }
    assert.deepEqual([await find('two-a@example.com'), await find('two-b@example.com')], [a, b])
  })

  it('keeps the username that it names, whatever is derived for rows before it', async () => {
    const results = await importCsv([
      'username,email',
      ',bob@example.com',
      ',bob@example.net',
      '"bob!",bob@example.edu',
      'bob,bob@example.org',
    ])
    assert.deepEqual(
      results.map(({ result }) => result),
      ['created', 'created', 'created', 'created'],
    )
    assert.equal((await find('bob@example.org')).username, 'bob')
    for (const end of ['com', 'net', 'edu'])
      assert.match((await find(`bob@example.${end}`)).username, /^bob-\d$/)
  })

  it('is no account with an unproven address when the caller refuses those', async () => {
    const stranger = await service.createUser({ email_verified: false })
    const rows = ['email,roles', `${stranger.email},admin`]
    const [refused] = await importCsv(rows, '?mode=upsert&unverified=refuse')
    assert.deepEqual([refused.result, refused.errors[0].code], ['failed', 'unverified_account'])
    assert.equal((await service.call('GET', '/users/me', { as: stranger.token })).status, 200)
    const [skipped] = await importCsv(rows)
    assert.match(skipped.notes.join(), /the address is not proven/)
    const [claimed] = await importCsv(rows, '?mode=upsert&unverified=claim')
    assert.match(claimed.notes.join(), /not verified/)
    assert.equal((await service.call('GET', '/users/me', { as: stranger.token })).status, 401)
  })

  it('is not the caller with an unproven address, who would lose their own password', async () => {
    const other = await service.createUser({ email_verified: false, roles: ['admin'] })
    const { text } = await service.call('POST', '/users/import?mode=upsert', {
      as: other.token,
      headers: { 'content-type': 'text/csv' },
      body: `email,first_name\n${other.email},Own\n`,
    })
    assert.equal(JSON.parse(text.split('\n')[0]!).errors[0].code, 'reauthentication_required')
    assert.equal((await service.call('GET', '/users/me', { as: other.token })).status, 200)
  })

  it('never removes the last administrator, also in a dry run', async (t) => {
    const alone = await engine.start()
    t.after(() => alone.stop())
    const only = await alone.createUser({ email_verified: false, roles: ['admin'] })
    const rows = `email,first_name\n${only.email},New\n`
    for (const dryRun of [true, false]) {
      const { rows: results } = await importAsSystem(alone, rows, dryRun)
      assert.equal(results[0].errors?.[0].code, 'last_admin', `dry run: ${dryRun}`)
    }
  })
})

async function importAsSystem(service: Service, text: string, dryRun: boolean) {
  const { systemCaller } = await import('../../src/caller.ts')
  const { transfer } = service.roster
  async function* body() {
    yield Buffer.from(text)
  }
  const rows: Line[] = []
  const request = { mode: 'upsert', dryRun, batchRows: 10 } as const
  for await (const batch of transfer.import(systemCaller, body(), transfer.formatNamed('csv')!, request))
    rows.push(...batch)
  return { rows }
}
