/** The command line beside a running service: what it changes, the service shows, and the other way round. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { fromNow, shiftClock } from '../../src/clock.ts'
import { commandList } from '../../src/commands/catalogue.ts'
import { runCommand } from '../../src/main.ts'
import { createEngine, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { startSmtp } from '../mail/smtp.ts'
import { commandsOn } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'roster-commands-'))
after(() => rmSync(folder, { recursive: true, force: true }))

onBothEngines('commands', (engine) => {
  let service: Service
  let cli: Awaited<ReturnType<typeof commandsOn>>
  let admin: TestUser
  let alice: TestUser
  before(async () => {
    cli = await commandsOn(engine)
    service = await engine.start(cli.settings)
    admin = await service.admin()
    alice = await service.createUser({ username: 'alice' })
  })
  const login = async (secret = password) =>
    (await service.call('POST', '/auth/login', { body: { username: 'alice', password: secret } })).status
  const lastEvent = async (type: string) =>
    (await service.call('GET', `/audit-events?type=${type}&limit=1`, { as: admin.token })).body[0]

  it('disable and enable a user by name, address or id, and say where', async () => {
    const done = await cli.run(['users', 'disable', 'Alice@example.com'])
    assert.deepEqual([done.code, done.err], [0, ''])
    assert.match(done.out, /^alice \(.{36}\) is disabled in .*roster/)
    assert.equal((await service.call('GET', '/users/me', { as: alice.token })).status, 401)
    assert.match(
      (await cli.run(['users', 'show', 'alice'])).out,
      /^prevents sign-in {2}The account is disabled: roster users enable alice\.$/m,
    )
    assert.equal((await cli.json('users', 'enable', alice.id)).status, 'active')
    assert.equal(await login(), 200)
    const { actor, target } = await lastEvent('user.disabled')
    assert.deepEqual([actor.kind, target.id], ['system', alice.id])
    const missing = await cli.run(['users', 'disable', 'nobody'])
    assert.deepEqual([missing.code, missing.out], [1, ''])
    assert.match(missing.err, /^roster: There is no user nobody in /)
  })

  it('set a password by standard input, under the rules, and end what it gave', async () => {
    const weak = await cli.run(['users', 'password', 'alice', '--stdin'], { input: 'alice\n' })
    assert.equal(weak.code, 1)
    assert.match(weak.err, /\/password/)
    assert.equal(await login(), 200)
    const done = await cli.run(['users', 'password', 'alice', '--stdin'], {
      input: 'purple monkey dishwasher\n',
    })
    assert.equal(done.code, 0, done.err)
    assert.equal((await cli.run(['users', 'password', 'alice'])).code, 2)
    assert.deepEqual(await cli.json('users', 'sessions', 'alice'), [])
    assert.equal(await login(), 401)
    assert.equal(await login('purple monkey dishwasher'), 200)
    assert.equal((await lastEvent('password.changed')).actor.kind, 'system')

    const codeOfMe = async () => {
      const { body } = await service.call('POST', '/auth/login', {
        body: { username: 'alice', password: 'purple monkey dishwasher' },
      })
      return (await service.call('GET', '/users/me', { as: body.access_token })).body.code
    }
    assert.equal(await codeOfMe(), undefined)
    const both = ['users', 'password', 'alice', '--send-link', '--must-change']
    assert.equal((await cli.run(both)).code, 2)
    assert.match(
      (await cli.run(['users', 'password', 'alice', '--must-change'])).out,
      /^the user has to replace the password \(alice, /,
    )
    assert.equal(await codeOfMe(), 'password_change_required')
    assert.equal(
      (
        await cli.run(['users', 'password', 'alice', '--stdin', '--must-change'], {
          input: 'purple monkey dishwasher\n',
        })
      ).code,
      0,
    )
    assert.equal(await codeOfMe(), 'password_change_required')
    await service.roster.database.transaction((tx) =>
      tx.updateTable('passwords').set({ must_change_since: null }).execute(),
    )
    const given = ['--username', 'new', '--email', 'new@example.com', '--must-change']
    assert.equal((await cli.run(['users', 'create', ...given])).code, 2)
  })

  it('say when passkeys belong to another host than that of ROSTER_PUBLIC_URL', async () => {
    const lineOf = async () => /^.*passkeys: .*$/m.exec((await cli.run(['doctor'])).out)?.[0]
    assert.match((await lineOf()) ?? '', /^ok {3}passkeys: for /)
    const { database } = service.roster
    await database.transaction((tx) =>
      tx
        .insertInto('passkeys')
        .values({
          ...{ id: admin.id, user_id: admin.id, credential_id: 'old', public_key: '', counter: 0 },
          ...{ transports: '', aaguid: '', name: 'Key', rp_id: 'old.example', backed_up_at: null },
          ...{ created_at: fromNow(0), last_used_at: null },
        })
        .execute(),
    )
    assert.match(
      (await lineOf()) ?? '',
      /^BAD {2}passkeys: there are some of old\.example, which do not work at /,
    )
    await database.transaction((tx) => tx.deleteFrom('passkeys').execute())
  })

  it('queue a link for a new password', async () => {
    assert.equal((await cli.run(['users', 'password', 'alice', '--send-link'])).code, 0)
    assert.equal((await lastEvent('password.reset_requested')).target.id, alice.id)
  })

  it('unlock a password that 100 wrong ones closed', async () => {
    await service.roster.database.transaction(async (tx) => {
      await tx.updateTable('passwords').set({ failures: 100 }).where('user_id', '=', alice.id).execute()
    })
    const shown = await cli.json('users', 'show', 'alice')
    assert.equal(shown.access.password.state, 'switched_off')
    assert.match(shown.access.reasons.join(), /closed the password.*roster users unlock alice/)
    assert.equal((await cli.run(['users', 'unlock', 'alice'])).code, 0)
    assert.deepEqual((await cli.json('users', 'show', 'alice')).access.obstacles, [])
    assert.equal((await lastEvent('user.unlocked')).target.id, alice.id)
  })

  it('list sessions and end them after a confirmation', async () => {
    await login('purple monkey dishwasher')
    const open = await cli.json('users', 'sessions', 'alice')
    assert.ok(open.length > 0)
    const asked = await cli.run(['users', 'sessions', 'alice', '--end', 'all'])
    assert.equal(asked.code, 3)
    assert.match(
      JSON.parse(asked.out).needs_confirmation,
      /^End all \d+ sessions of alice \([0-9a-f-]{36}\) in /,
    )
    assert.equal((await cli.json('users', 'sessions', 'alice')).length, open.length)
    assert.equal((await cli.run(['users', 'sessions', 'alice', '--end', open[0].id, '--yes'])).code, 0)
    assert.equal((await cli.json('users', 'sessions', 'alice')).length, open.length - 1)
    assert.equal((await cli.run(['users', 'sessions', 'alice', '--end', 'all', '--yes'])).code, 0)
    assert.deepEqual(await cli.json('users', 'sessions', 'alice'), [])
  })

  it('delete a user into the recycle bin after a confirmation, restore and erase the user', async () => {
    const { id } = await service.createUser({ username: 'passing' })
    const asked = await cli.run(['users', 'delete', 'passing'])
    assert.equal(asked.code, 3)
    assert.equal(JSON.parse(asked.out).confirm_with, '--yes')
    const see = async () => (await service.call('GET', `/users/${id}`, { as: admin.token })).status
    assert.equal(await see(), 200)
    assert.equal((await cli.run(['users', 'delete', 'passing', '--yes'])).code, 0)
    assert.equal(await see(), 404)
    assert.match(
      (await cli.run(['users', 'show', 'passing'])).err,
      new RegExp(`recycle bin; .roster users restore ${id}`),
    )
    assert.equal((await cli.run(['users', 'restore', 'passing'])).code, 0)
    assert.equal(await see(), 200)
    assert.equal((await cli.run(['users', 'delete', id, '--purge', '--yes'])).code, 0)
    assert.equal((await cli.run(['users', 'restore', id])).code, 1)
    assert.equal((await lastEvent('user.erased')).target.id, id)
  })

  it('refuse to delete the last administrator, as HTTP does', async () => {
    const { code, err } = await cli.run(['users', 'delete', 'admin', '--yes'])
    assert.equal(code, 1)
    assert.match(err, /\(last_admin\)/)
  })

  it('create, change, grant and delete roles', async () => {
    assert.equal((await cli.run(['roles', 'create', 'support', '--permissions', 'users:reed'])).code, 2)
    const made = await cli.run(['roles', 'create', 'support', '--permissions', 'users:read,audit:read'])
    assert.match(made.out, /^created the role support in .*: users:read, audit:read$/m)
    assert.deepEqual(
      (await cli.json('roles', 'update', 'support', '--permissions', 'users:read')).permissions,
      ['users:read'],
    )
    assert.deepEqual((await cli.json('roles', 'grant', 'support', 'alice')).roles, ['support', 'user'])
    assert.equal((await cli.run(['roles', 'delete', 'support'])).code, 3)
    assert.match((await cli.run(['roles', 'delete', 'support', '--yes'])).err, /\(role_in_use\)/)
    assert.deepEqual((await cli.json('roles', 'revoke', 'support', 'alice')).roles, ['user'])
    assert.equal((await cli.run(['roles', 'delete', 'support', '--yes'])).code, 0)
    assert.match((await cli.run(['roles', 'list'])).out, /^NAME +PERMISSIONS +DESCRIPTION\nadmin +all \d+ /)
  })

  it('list the signing keys, and name what is missing', async () => {
    assert.match((await cli.run(['keys', 'list'])).out, /^ID +ALGORITHM .*\n.{43} +EdDSA +signing /)
    assert.equal((await cli.run(['roles', 'show', 'none'])).err, 'roster: There is no role none\n')
  })

  it('create an API key that works, list it without its secret and revoke it', async () => {
    const wanted = ['--name', 'sync', '--permissions', 'users:read', '--days', '2']
    const denied = await cli.run(['api-keys', 'create', '--user', 'alice', ...wanted])
    assert.equal(denied.code, 1)
    assert.match(denied.err, /alice does not have the permission users:read/)
    const { id, secret, expires_at, user_id } = await cli.json(
      'api-keys',
      'create',
      '--user',
      'admin',
      ...wanted,
    )
    assert.equal(user_id, admin.id)
    assert.ok(Date.parse(expires_at) < Date.now() + 49 * 3600_000)
    const works = async () => (await service.call('GET', '/users', { as: secret })).status
    assert.equal(await works(), 200)
    const listed = await cli.run(['api-keys', 'list', '--user', 'admin', '--json'])
    assert.ok(listed.out.includes(id) && !listed.out.includes(secret))
    assert.equal((await cli.run(['api-keys', 'revoke', id])).code, 3)
    assert.equal((await cli.run(['api-keys', 'revoke', id, '--yes'])).code, 0)
    service.roster.features.rights.forgetAll()
    assert.equal(await works(), 401)
    assert.equal((await lastEvent('apikey.created')).actor.kind, 'system')
  })

  it('list, export and follow the audit log', async () => {
    const table = await cli.run(['audit', 'list', '--target', 'alice', '--type', 'user.disabled'])
    assert.match(
      table.out,
      /^AT +TYPE +OUTCOME +ACTOR +TARGET +REASON\n20\S+ +user\.disabled +success +system /,
    )
    assert.equal((await cli.run(['audit', 'list', '--type', 'user.eaten'])).code, 2)
    const file = join(folder, `${engine.name}.ndjson`)
    const { events } = await cli.json('audit', 'export', file)
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(lines.length, events)
    assert.deepEqual(
      lines.map(({ seq }) => seq),
      lines.map(({ seq }) => seq).toSorted((a, b) => a - b),
    )
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal((await cli.run(['audit', 'export', file])).code, 2)
    // The service may write more events during this.
    const later: { seq: number }[] = await cli.json('audit', 'list', '--limit', '1000')
    assert.ok(later.some(({ seq }) => seq === lines.at(-1).seq))
    assert.ok(later[0]!.seq > later.at(-1)!.seq)
    assert.equal((await cli.run(['audit', 'tail', '--once'])).code, 0)
  })

  it('move old audit events into a signed file, and only those', async () => {
    const file = join(folder, `${engine.name}.ndjson.gz`)
    const archive = (...more: string[]) => cli.run(['audit', 'export', file, ...more])
    const old: { seq: number }[] = await cli.json('audit', 'list', '--limit', '1000')
    shiftClock(2 * 86_400)
    try {
      await cli.run(['users', 'disable', 'alice'])
      const before = fromNow(-86_401)
      assert.equal((await archive('--before', fromNow(-3600), '--yes')).code, 2)
      assert.equal((await archive('--before', '2026-13-01', '--yes')).code, 2)
      assert.equal((await archive('--before', before, '--type', 'user.created', '--yes')).code, 2)
      assert.equal((await archive('--before', before)).code, 3, 'it asks first')
      assert.equal(existsSync(file), false)
      const done = await archive('--before', before, '--yes', '--json')
      assert.equal(done.code, 0, done.err)
      const { events, deleted, sha256 } = JSON.parse(done.out)
      const moved = gunzipSync(readFileSync(file)).toString().trim().split('\n')
      assert.deepEqual(
        moved.map((line) => JSON.parse(line).seq),
        old.map(({ seq }) => seq).toReversed(),
      )
      assert.deepEqual([events, deleted], [old.length, old.length])
      assert.equal(createHash('sha256').update(readFileSync(file)).digest('hex'), sha256)
      assert.equal(statSync(file).mode & 0o777, 0o600)
      const left: { type: string; seq: number; changes: object }[] = await cli.json(
        'audit',
        'list',
        '--limit',
        '1000',
      )
      assert.ok(left.every(({ seq }) => seq > old[0]!.seq))
      assert.ok(left.some(({ type }) => type === 'user.disabled'))
      const changesOf = (type: string) =>
        left.filter((event) => event.type === type).map(({ changes }) => changes)
      const [last_seq, first_seq] = [old[0]!.seq, old.at(-1)!.seq]
      const content = { count: events, first_seq, last_seq, before }
      assert.deepEqual(changesOf('audit.archived'), [{ ...content, file: basename(file), sha256 }])
      assert.deepEqual(changesOf('audit.purged'), [{ count: deleted, before }])
      assert.equal((await archive('--before', before, '--yes')).code, 2, 'the file is there')

      const manifest = `${file}.manifest.json`
      const { out: pem } = await cli.run(['audit', 'public-key'])
      const signature = readFileSync(`${manifest}.sig`)
      assert.ok(verify(null, readFileSync(manifest), pem, signature), 'a library can verify it')
      const key = join(folder, `${engine.name}.pem`)
      writeFileSync(key, pem)
      for (const more of [[], ['--public-key', key]])
        assert.equal((await cli.run(['audit', 'verify', file, ...more])).code, 0)
      writeFileSync(key, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }))
      assert.equal((await cli.run(['audit', 'verify', file, '--public-key', key])).code, 1, 'another key')
      for (const changed of [file, manifest, `${manifest}.sig`]) {
        const bytes = readFileSync(changed)
        const wrong = Buffer.from(bytes)
        wrong[wrong.length - 10]! ^= 1
        writeFileSync(changed, wrong)
        assert.equal((await cli.run(['audit', 'verify', file])).code, 1, `${changed} was changed`)
        writeFileSync(changed, bytes)
      }
      assert.equal((await cli.run(['audit', 'verify', file])).code, 0)
    } finally {
      shiftClock(-2 * 86_400)
    }
  })
})

describe('the command line', () => {
  it('has an example for every command, and help for every group', async () => {
    const commands = await commandList()
    for (const { name, examples } of commands) assert.ok(examples && examples.length > 0, name)
    const printed: string[] = []
    const { log } = console
    console.log = (text: string) => void printed.push(text)
    const codes = [
      await runCommand(['users', '--help']),
      await runCommand(['users']),
      await runCommand(['help', 'users', 'list']),
    ]
    console.log = log
    assert.deepEqual(codes, [0, 2, 0])
    assert.match(printed[0]!, /^Usage: roster users <command>[\s\S]*\n {2}users unlock +Reset/)
    assert.match(printed[2]!, /^Examples:\n {2}roster users list\n/m)
  })

  it('names the command that was meant', async () => {
    const printed: string[] = []
    const { error } = console
    console.error = (text: string) => void printed.push(text)
    const code = await runCommand(['users', 'lits'])
    console.error = error
    assert.equal(code, 2)
    assert.match(printed.join(), /There is no command "users lits"[\s\S]*roster users list/)
  })

  it('completes commands and options in bash', async () => {
    const { engine, cleanUp } = createEngine('sqlite')
    const { out } = await (await commandsOn(engine)).run(['completion', 'bash'])
    await cleanUp()
    const script = join(folder, 'completion.bash')
    writeFileSync(script, out)
    const completed = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `source ${script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _roster; echo "\${COMPREPLY[@]}"`,
        ...['bash', 'roster', ...words],
      ])
        .toString()
        .trim()
    assert.equal(completed('us'), 'users')
    assert.equal(completed('users', 'un'), 'unlock')
    assert.equal(completed('users', 'sessions', 'alice', '--e'), '--end')
    assert.equal(completed('doctor', '--j'), '--json')
    assert.equal(completed('users', 'list', '--u'), '--url')
    assert.equal(completed('keys', '--'), '--help')
  })

  it('shows settings without secrets', async () => {
    const { engine, cleanUp } = createEngine('sqlite')
    const { run, settings } = await commandsOn(engine)
    const { code, out } = await run(['config', '--set'], { ROSTER_APP_NAME: 'Ours' })
    const wrong = await run(['config'], { ROSTER_PORT: 'x' })
    await cleanUp()
    assert.equal(code, 0)
    assert.match(out, /^ROSTER_APP_NAME +Ours +environment$/m)
    assert.match(out, /^ROSTER_SECRET_KEY +\(secret\) +environment$/m)
    assert.match(out, /^commands use \/.*roster\.db$/m)
    assert.ok(!out.includes(settings.ROSTER_SECRET_KEY))
    assert.equal(wrong.code, 1)
    assert.match(wrong.err, /^roster: ROSTER_PORT must be a whole number/m)
  })

  it('sends a test mail and says what the server answered', async () => {
    const server = await startSmtp()
    const { engine, cleanUp } = createEngine('sqlite')
    const { run } = await commandsOn(engine)
    const none = await run(['mail', 'test', 'ada@example.com'])
    const sent = await run(['mail', 'test', 'ada@example.com'], { ROSTER_MAIL_URL: server.url })
    server.fail({ rcpt: { code: 550, message: 'no such mailbox' } })
    const refused = await run(['mail', 'test', 'lost@example.com'], { ROSTER_MAIL_URL: server.url })
    await Promise.all([server.stop(), cleanUp()])
    assert.match(none.err, /set ROSTER_MAIL_URL/)
    assert.equal(sent.code, 0, sent.out)
    assert.deepEqual(
      server.received.map(({ to }) => to),
      ['ada@example.com'],
    )
    assert.deepEqual([refused.code, /did not take the mail/.test(refused.out)], [1, true], refused.out)
  })
})
