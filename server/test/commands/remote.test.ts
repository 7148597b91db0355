/** Commands with `--url`: over HTTP, with the rights of an API key. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { oldestEventsFirst } from '../../src/commands/remote/audit.ts'
import { connect } from '../../src/commands/remote/remote.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service } from '../harness.ts'
import { commandsOn } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'roster-remote-'))
after(() => rmSync(folder, { recursive: true, force: true }))

onBothEngines('commands over HTTP', (engine) => {
  let service: Service
  let cli: Awaited<ReturnType<typeof commandsOn>>
  const keyFile = join(folder, `${engine.name}-key`)
  const readerFile = join(folder, `${engine.name}-reader`)
  /** The settings name no database: everything goes through the address. */
  const withKey = (file: string, args: string[]) =>
    cli.run([...args, '--url', service.url, '--api-key-file', file], { DATABASE_URL: 'sqlite:absent.db' })
  const remote = (...args: string[]) => withKey(keyFile, args)
  const json = async (...args: string[]) => {
    const { code, out, err } = await remote(...args, '--json')
    assert.equal(code, 0, err)
    return JSON.parse(out)
  }

  before(async () => {
    cli = await commandsOn(engine)
    service = await engine.start(cli.settings)
    await service.admin()
    for (const [file, permissions] of [
      [
        keyFile,
        'users:read,users:write,users:delete,users:export,roles:read,roles:write,audit:read,api_keys:write,api_keys:admin,api_keys:unattended',
      ],
      [readerFile, 'users:read'],
    ] as const) {
      const made = await cli.json(
        'api-keys',
        'create',
        '--user',
        'admin',
        '--name',
        'cli',
        '--permissions',
        permissions,
      )
      writeFileSync(file, `${made.secret}\n`)
    }
  })

  it('create, list, show, disable and enable a user', async () => {
    const created = await remote('users', 'create', '--username', 'alice', '--email', 'alice@example.com')
    assert.match(created.out, /^created alice \(.{36}\) at http:/, created.err)
    assert.equal((await json('users', 'list', '--q', 'alic'))[0].username, 'alice')
    assert.match((await remote('users', 'list')).out, /^ID .*USERNAME .*\n.*alice .*active/)
    assert.match((await remote('users', 'show', 'alice@example.com')).out, /^username +alice$/m)
    assert.equal((await json('users', 'disable', 'alice')).status, 'disabled')
    assert.equal((await cli.json('users', 'show', 'alice')).status, 'disabled')
    assert.equal((await json('users', 'enable', 'alice')).status, 'active')
  })

  it('ask before they delete, and restore', async () => {
    const asked = await remote('users', 'delete', 'alice')
    assert.equal(asked.code, 3)
    assert.match(JSON.parse(asked.out).needs_confirmation, /^Put alice <alice@example\.com> .* at http/)
    const { id } = await json('users', 'show', 'alice')
    assert.equal((await remote('users', 'delete', 'alice', '--yes')).code, 0)
    assert.match((await remote('users', 'show', 'alice')).err, /^roster: There is no user alice at http/)
    assert.equal((await json('users', 'restore', 'alice')).id, id)
  })

  it('list, show, cancel and undo jobs, also without an address', async () => {
    const { id } = await json('users', 'show', 'alice')
    const made = await service.call('POST', '/jobs', {
      as: readFileSync(keyFile, 'utf8').trim(),
      body: { kind: 'disable', ids: [id] },
    })
    const job = made.body.id
    await until(async () => (await json('jobs', 'show', job)).state === 'done', 'the end of the job')
    assert.match((await remote('jobs', 'list')).out, /^ID .*\n.{36} {2}disable +done +1\/1 +0 /)
    assert.match((await remote('jobs', 'cancel', job, '--yes')).err, /\(job_finished\)$/m)
    assert.equal((await remote('jobs', 'undo', job)).code, 3)
    assert.equal((await cli.run(['jobs', 'undo', job])).code, 3)
    const done = await cli.run(['jobs', 'undo', job, '--yes', '--json'])
    const undone = JSON.parse(done.out)
    assert.deepEqual([done.err, undone.kind, undone.undo_of], ['', 'enable', job])
    assert.equal((await cli.json('jobs', 'list'))[0].id, undone.id)
    assert.match((await cli.run(['jobs', 'show', job])).out, /^state +done$/m)
    assert.equal((await cli.run(['jobs', 'show', id])).code, 1)
  })

  it('create, change, give, take and delete roles', async () => {
    const made = await remote('roles', 'create', 'helpers', '--permissions', 'users:read')
    assert.match(made.out, /^created the role helpers at http.*: users:read$/m, made.err)
    assert.equal((await json('roles', 'update', 'helpers', '--description', 'Help')).description, 'Help')
    assert.equal((await json('roles', 'show', 'helpers')).description, 'Help')
    assert.match((await remote('roles', 'list')).out, /^helpers +users:read +Help$/m)
    assert.match((await remote('roles', 'grant', 'helpers', 'alice')).out, /has helpers, user at http/)
    assert.match((await remote('roles', 'delete', 'helpers', '--yes')).err, /\(role_in_use\)/)
    assert.deepEqual((await json('roles', 'revoke', 'helpers', 'alice')).roles, ['user'])
    assert.equal((await remote('roles', 'delete', 'helpers')).code, 3)
    assert.equal((await remote('roles', 'delete', 'helpers', '--yes')).code, 0)
  })

  it('list, create and revoke API keys', async () => {
    const wanted = ['--name', 'report', '--permissions', 'users:read']
    const { id, secret } = await json('api-keys', 'create', ...wanted)
    assert.match(secret, /^rk_/)
    assert.match((await remote('api-keys', 'create', ...wanted, '--user', 'alice')).err, /leave out --user/)
    assert.match((await remote('api-keys', 'list', '--user', 'admin')).out, /report .*never +users:read/)
    assert.equal((await remote('api-keys', 'revoke', id)).code, 3)
    assert.match((await remote('api-keys', 'revoke', id, '--yes')).out, /^revoked the API key report/)
  })

  it('list and end sessions, unlock, and mail links but set no password', async () => {
    const bob = await service.createUser({ username: 'bob' })
    const asked = await remote('users', 'password', 'bob', '--must-change')
    assert.match(asked.out, /^the user has to replace the password \(bob, /, asked.err)
    assert.match((await remote('users', 'sessions', 'bob')).out, /^ID .*KIND/)
    assert.equal((await json('users', 'sessions', 'bob', '--end', 'all', '--yes')).ended, 1)
    assert.equal((await service.call('GET', '/users/me', { as: bob.token })).status, 401)
    assert.match(
      (await remote('users', 'unlock', 'bob')).out,
      /^forgot the wrong passwords of bob .* at http/,
    )
    const sent = await remote('users', 'password', 'bob', '--send-link')
    assert.match(sent.out, /^queued a mail with a link to bob@example\.com/, sent.err)
    assert.match((await remote('users', 'password', 'bob', '--stdin')).err, /by a link alone/)
  })

  it('read the audit log, newest or oldest first, and export users', async () => {
    assert.match((await remote('audit', 'list', '--type', 'role.deleted')).out, /^AT .*\n.* role\.deleted /)
    const file = join(folder, `${engine.name}.ndjson`)
    const { events } = await json('audit', 'export', file)
    const lines: number[] = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).seq)
    assert.deepEqual([lines.length, lines], [events, lines.toSorted((one, other) => one - other)])
    const local = join(folder, `${engine.name}-local.ndjson`)
    await cli.run(['audit', 'export', local])
    // Background work may add events during this.
    assert.ok(readFileSync(local, 'utf8').startsWith(readFileSync(file, 'utf8')))
    const http = connect({
      values: { url: service.url, 'api-key-file': keyFile },
      positionals: [],
      json: false,
    })
    const inSmallPages = {
      ...http,
      page: <T>(path: string) => http.page<T>(path.replace('limit=200', 'limit=7')),
    }
    for (const after of [0, lines.at(-10)!, lines.at(-1)!]) {
      const found: number[] = []
      for await (const page of oldestEventsFirst(inSmallPages, {}, after))
        found.push(...page.map(({ seq }) => seq))
      const exported = lines.filter((seq) => seq > after)
      assert.deepEqual(found.slice(0, exported.length), exported)
    }
    const users = join(folder, `${engine.name}-users.csv`)
    assert.match((await remote('users', 'export', users, '--q', 'alice')).out, /^wrote .*-users\.csv/)
    assert.match(readFileSync(users, 'utf8'), /^id,.*\r?\n.*,alice,/)
  })

  it('do no more than the key may, and say why', async () => {
    const refused = await withKey(readerFile, ['users', 'disable', 'alice'])
    assert.equal(refused.code, 1)
    assert.match(refused.err, /users:write.*\(forbidden\)/)
    writeFileSync(readerFile, 'wrong')
    const unknown = await withKey(readerFile, ['users', 'list'])
    assert.deepEqual([unknown.code, unknown.out], [1, ''])
    assert.match(unknown.err, /\(invalid_token\)/)
  })

  it('send the key nowhere that others can read it', async () => {
    const plain = await cli.run([
      'users',
      'list',
      '--url',
      'http://users.example.com',
      '--api-key-file',
      keyFile,
    ])
    assert.deepEqual(
      [plain.code, plain.err],
      [2, '--url begins with https://; http:// is for this machine alone.\n'],
    )
    assert.equal((await cli.run(['users', 'list', '--url', service.url])).code, 2)
    const local = await cli.run(['doctor', '--url', service.url])
    assert.equal(local.code, 2)
    assert.match(local.err, /^roster doctor has no --url: it works on the settings/)
  })
})
