/** Commands with `--url`: over HTTP, with the rights of an API key. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
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
      [keyFile, 'users:read,users:write,users:delete,roles:read'],
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
    const admin = await service.admin()
    const { id } = await json('users', 'show', 'alice')
    const made = await service.call('POST', '/jobs', {
      as: admin.token,
      body: { kind: 'disable', ids: [id] },
    })
    const job = made.body.id
    while ((await json('jobs', 'show', job)).state !== 'done') await new Promise((r) => setTimeout(r, 20))
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
  })
})
