import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createEngine, onBothEngines, password, type Service, type TestUser } from '../harness.ts'

const ndjson = { 'content-type': 'application/x-ndjson' }
const lines = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const parsed = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, never>)
const bcrypt = '$2b$10$0Dn8Togp.Jwv1rH.2Lu9S.q7X9J3Pp5xZmX.y.MAVtBDOuT26HHcm'

onBothEngines('POST /users/import', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const send = async (body: string, query = '', headers: Record<string, string> = ndjson) => {
    const { status, text } = await service.call('POST', `/users/import${query}`, {
      as: admin.token,
      headers,
      body,
    })
    assert.equal(status, 200)
    const rows = parsed(text)
    const { format, columns, ...summary } = Object(rows.at(-1)?.['summary'])
    assert.ok(typeof format === 'string' && columns, text)
    return { rows: rows.slice(0, -1), summary }
  }
  const count = async () =>
    Number(
      (await service.call('GET', '/users?count=exact&limit=1', { as: admin.token })).headers.get(
        'x-total-count',
      ),
    )

  it('gives a result for every row, with all faults, and a summary', async () => {
    const { rows, summary } = await send(
      lines(
        {
          username: 'ines',
          email: 'ines@example.com',
          first_name: 'Inès',
          metadata: { plan: 'a' },
          created_at: '2020-01-02T03:04:05.678Z',
        },
        { email: 'no.name@example.com' },
        { username: 'a b', email: 'nobody' },
        { username: 'ines', email: 'other@example.com' },
        { username: 'x', email: 'x@example.com', password_hash: 'd41d8cd98f00b204e9800998ecf8427e' },
        { username: 'y', email: 'y@example.com', roles: ['nonsense'] },
        { username: 'z', email: 'z@example.com', shoe_size: 43 },
      ).concat('{"broken\n'),
    )
    assert.deepEqual(
      rows.map(({ result }) => result),
      ['created', 'created', 'failed', 'failed', 'failed', 'failed', 'failed', 'failed'],
    )
    const codes = rows.map(({ errors }) => ((errors ?? []) as { code: string }[]).map(({ code }) => code))
    assert.deepEqual(codes, [
      [],
      [],
      ['invalid_character', 'invalid_email'],
      ['username_taken'],
      ['unsupported_hash'],
      ['unknown_role'],
      ['invalid_value'],
      ['malformed_json'],
    ])
    assert.deepEqual(summary, { created: 2, updated: 0, skipped: 0, failed: 6, dry_run: false })
    const [ines] = (await service.call('GET', '/users?username=ines', { as: admin.token })).body
    assert.equal(ines.created_at, '2020-01-02T03:04:05.678Z')
    const [derived] = (await service.call('GET', '/users?email=no.name@example.com', { as: admin.token }))
      .body
    assert.equal(derived.username, 'no.name')
  })

  it('a second import skips existing users; upsert changes different fields', async () => {
    const rows = lines(
      { external_id: 'e1', username: 'first', email: 'first@example.com' },
      { external_id: 'e2', username: 'second', email: 'second@example.com' },
    )
    assert.deepEqual((await send(rows)).summary, {
      created: 2,
      updated: 0,
      skipped: 0,
      failed: 0,
      dry_run: false,
    })
    assert.deepEqual((await send(rows)).summary, {
      created: 0,
      updated: 0,
      skipped: 2,
      failed: 0,
      dry_run: false,
    })
    const changed = lines(
      { external_id: 'e1', username: 'first', email: 'first@example.com', last_name: 'Last' },
      { external_id: 'e2', username: 'second', email: 'second@example.com' },
    )
    const { rows: results } = await send(changed, '?mode=upsert')
    assert.deepEqual(
      results.map(({ result }) => result),
      ['updated', 'skipped'],
    )
  })

  it('a dry run changes nothing', async () => {
    const before = await count()
    const { summary } = await send(lines({ username: 'dry', email: 'dry@example.com' }), '?dry_run=true')
    const { samples, ...counts } = summary
    assert.deepEqual(counts, { created: 1, updated: 0, skipped: 0, failed: 0, dry_run: true })
    assert.deepEqual(samples, [{ row: 1, username: 'dry', email: 'dry@example.com', password: 'none' }])
    assert.equal(await count(), before)
  })

  it('users sign in with their former password, and the sign-in replaces the hash by a stronger one', async () => {
    await send(lines({ username: 'alba', email: 'alba@example.com', password_hash: bcrypt }))
    const { status } = await service.call('POST', '/auth/login', {
      body: { username: 'alba', password: 'granite-cove-3' },
    })
    assert.equal(status, 200)
    const exported = await service.call('GET', '/users/export?username=alba&include=password_hash', {
      as: admin.token,
    })
    assert.match(parsed(exported.text)[0]?.['password_hash'] ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  it('writes an audit event for each user, and one for the import', async () => {
    const { rows } = await send(lines({ username: 'audited', email: 'audited@example.com' }))
    const events = (await service.call('GET', `/audit-events?target=${rows[0]?.['id']}`, { as: admin.token }))
      .body
    assert.deepEqual(
      events.map(({ type, reason }: { type: string; reason: string }) => `${type} ${reason}`),
      ['user.created import'],
    )
    const imports = (
      await service.call('GET', '/audit-events?type=users.imported&limit=1', { as: admin.token })
    ).body
    assert.deepEqual(imports[0].changes, { created: 1, updated: 0, skipped: 0, failed: 0, format: 'roster' })
  })

  it('grants nothing that the caller does not hold, and keeps the last administrator', async () => {
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'importer', permissions: ['users:read', 'users:write'] },
    })
    const importer = await service.createUser({ roles: ['importer'] })
    const refused = await service.call('POST', '/users/import?mode=upsert', {
      as: importer.token,
      headers: ndjson,
      body: lines(
        { username: 'boss', email: 'boss@example.com', roles: ['admin'] },
        { id: admin.id, username: 'admin', email: 'evil@example.com' },
      ),
    })
    const codes = parsed(refused.text)
      .slice(0, -1)
      .map(({ errors }) => (errors as unknown as { code: string }[])[0]?.code)
    assert.deepEqual(codes, ['permission_not_held', 'permission_not_held'])
    const { rows } = await send(
      lines({
        id: admin.id,
        username: 'admin',
        email: 'admin@example.com',
        status: 'disabled',
        roles: ['user'],
      }),
      '?mode=upsert',
    )
    assert.equal((rows[0]?.['errors'] as unknown as { code: string }[] | undefined)?.[0]?.code, 'last_admin')
    const user = await service.createUser()
    assert.equal(
      (await service.call('POST', '/users/import', { as: user.token, headers: ndjson, body: '' })).status,
      403,
    )
  })

  it('reads CSV, quotes, line breaks and all', async () => {
    const body =
      'username,email,given_name,last_name,phone\r\nquoted,quoted@example.com,"Ann ""A""","Nagy, Dr.",+1555\r\n'
    const { summary } = await send(body, '', { 'content-type': 'text/csv' })
    assert.deepEqual(summary, { created: 1, updated: 0, skipped: 0, failed: 0, dry_run: false })
    const [user] = (await service.call('GET', '/users?username=quoted', { as: admin.token })).body
    assert.deepEqual(
      [user.first_name, user.last_name, user.metadata],
      ['Ann "A"', 'Nagy, Dr.', { phone: '+1555' }],
    )
  })
})

describe('GET /users/export', () => {
  const sqlite = createEngine('sqlite')
  const postgres = createEngine('postgres')
  after(async () => {
    await sqlite.cleanUp()
    await postgres.cleanUp()
  })

  it('imports again into the other engine with nothing different, as NDJSON and as CSV', async () => {
    const from = await sqlite.engine.start()
    const admin = await from.admin()
    await from.call('PATCH', `/users/${admin.id}`, {
      as: admin.token,
      body: {
        first_name: '=SUM(A1)',
        last_name: "'quoted",
        metadata: { deep: [1, { a: null }], text: 'ü\n' },
      },
    })
    await from.call('POST', '/users', { body: { username: 'Ünï', email: 'ünï@exämple.com', password } })
    const whole = async (service: Service, accept: string, as: string) =>
      (await service.call('GET', '/users/export?include=password_hash', { as, headers: { accept } })).text
    const first = await whole(from, 'application/x-ndjson', admin.token)
    const csv = await whole(from, 'text/csv', admin.token)
    assert.match(csv, /'=SUM\(A1\)/)
    for (const [body, type] of [
      [first, 'application/x-ndjson'],
      [csv, 'text/csv'],
    ] as const) {
      const to = await postgres.engine.start()
      const { systemCaller } = await import('../../src/caller.ts')
      const format =
        type === 'text/csv'
          ? (await to.roster.transfer.recognise(bytes(body))).format
          : to.roster.transfer.formatNamed('roster')!
      const results = to.roster.transfer.import(systemCaller, bytes(body), format, {
        mode: 'create',
        dryRun: false,
        batchRows: 100,
      })
      for await (const batch of results)
        assert.deepEqual(
          batch.map(({ result }) => result),
          ['created', 'created'],
        )
      const token = (await to.call('POST', '/auth/login', { body: { username: 'admin', password } })).body
        .access_token
      const again = parsed(await whole(to, 'application/x-ndjson', token)).map(withoutLogin)
      assert.deepEqual(again, parsed(first).map(withoutLogin))
    }
  })

  it('403 with hashes and without the permission', async () => {
    const service = await sqlite.engine.start()
    const admin = await service.admin()
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'exporter', permissions: ['users:export'] },
    })
    const exporter = await service.createUser({ roles: ['exporter'] })
    assert.equal((await service.call('GET', '/users/export', { as: exporter.token })).status, 200)
    const { status, body } = await service.call('GET', '/users/export?include=password_hash', {
      as: exporter.token,
    })
    assert.deepEqual([status, body.code], [403, 'forbidden'])
  })
})

/** The sign-in of the test changes `last_login_at`. */
function withoutLogin(user: Record<string, unknown>): Record<string, unknown> {
  return { ...user, last_login_at: null }
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
