import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { Secret, TOTP } from 'otpauth'
import { nowMs } from '../../src/clock.ts'
import { commandsOn } from '../commands/in-process.ts'
import { onBothEngines } from '../harness.ts'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const typed = 'plums in the cellar 9'
const hash = '$2b$04$yNlujh7EOn8opdJCJyEvP.t9.DGItbzj6K00PadMmXojpOCSEU7zG'

onBothEngines('an encrypted export', (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-export-'))
  const path = (name: string) => join(folder, name)
  const newDatabase = async () => {
    const commands = await commandsOn(engine)
    await commands.json('migrate')
    return commands
  }
  let source: Awaited<ReturnType<typeof commandsOn>>
  before(async () => {
    source = await newDatabase()
    const user = { username: 'mover', email: 'mover@example.com', password_hash: hash, totp_secret: secret }
    writeFileSync(path('people.ndjson'), `${JSON.stringify(user)}\n`)
    await source.json('users', 'import', path('people.ndjson'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('brings authenticator apps to an installation with another secret key, which its recipient reads', async () => {
    const identity = await generateX25519Identity()
    writeFileSync(path('identity'), `# a comment\n${identity}\n`)
    const recipient = await identityToRecipient(identity)
    const file = path('users.age')
    await source.json('users', 'export', file, '--include-hashes', '--recipient', recipient)
    const written = readFileSync(file, 'latin1')
    assert.match(written, /^age-encryption\.org\/v1\n/)
    for (const hidden of ['mover', secret, hash]) assert.ok(!written.includes(hidden))
    assert.equal(statSync(file).mode & 0o777, 0o600)

    const target = await newDatabase()
    const locked = await target.run(['users', 'import', file])
    assert.equal(locked.code, 1)
    assert.match(locked.err, /cannot be decrypted|is encrypted: give --identity/)
    writeFileSync(path('other'), await generateX25519Identity())
    const foreign = await target.run(['users', 'import', file, '--identity', path('other')])
    assert.equal(foreign.code, 1)
    const { created } = await target.json('users', 'import', file, '--identity', path('identity'))
    assert.equal(created, 1)

    const service = await engine.start(target.settings)
    const body = { username: 'mover', password: typed }
    const { challenge, methods } = (await service.call('POST', '/auth/login', { body })).body
    assert.deepEqual(methods, ['totp'])
    const totp = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: nowMs() })
    const opened = await service.call('POST', '/auth/login/continue', { body: { challenge, totp } })
    assert.equal(opened.status, 200, opened.text)
  })

  it('is made with a passphrase too, and fails where it was changed', async () => {
    const file = path('users.ndjson.age')
    const phrase = { ROSTER_BACKUP_PASSPHRASE: 'quince and honey in May' }
    const made = await source.run(['users', 'export', file, '--include-hashes', '--encrypt'], phrase)
    assert.equal(made.code, 0, made.err)
    const target = await newDatabase()
    const read = await target.run(['users', 'import', file], phrase)
    assert.equal(read.code, 0, read.err)
    const bytes = readFileSync(file)
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(path('changed.age'), bytes)
    const changed = await target.run(['users', 'import', path('changed.age')], phrase)
    assert.equal(changed.code, 1, changed.out)
    assert.doesNotMatch(changed.err, /at .*\.ts:/)
  })

  it('is refused without a key, as CSV, and from afar', async () => {
    const refusals = [
      [['--encrypt'], /--encrypt needs --recipient/],
      [['--recipient', 'age2'], /--recipient is a recipient of age/],
      [['--format', 'csv', '--encrypt'], /An encrypted export is NDJSON/],
    ] as const
    for (const [options, message] of refusals) {
      const { code, err } = await source.run(['users', 'export', path('never'), ...options])
      assert.equal(code, 2)
      assert.match(err, message)
    }
  })
})
