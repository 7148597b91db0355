/** Encrypted backups, in a folder and in a bucket, on a schedule, each of them restored. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import S3rver from '@20minutes/s3rver'
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { fromNow, shiftClock } from '../../src/clock.ts'
import { writeManifest } from '../../src/database/sqlite/manifest.ts'
import { commandsOn } from '../commands/in-process.ts'
import { createEngine, password, type Service } from '../harness.ts'

const day = 86_400

describe('backups of SQLite', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)
  const folder = mkdtempSync(join(tmpdir(), 'roster-backups-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  let bucket: { settings: Record<string, string>; stop(): Promise<void> }
  let cli: Awaited<ReturnType<typeof commandsOn>>
  let identity: string
  let recipient: string
  const identityFile = join(folder, 'identity.txt')
  before(async () => {
    bucket = await startBucket(join(folder, 's3'))
    cli = await commandsOn(engine)
    identity = await generateX25519Identity()
    recipient = await identityToRecipient(identity)
    writeFileSync(identityFile, `# created: today\n${identity}\n`)
  })
  after(() => bucket.stop())

  const start = (settings: Record<string, string>) => engine.start({ ...cli.settings, ...settings })
  const restored = async (args: string[], settings: Record<string, string> = {}) => {
    const { code, out, err } = await cli.run(['restore', ...args, '--yes'], settings)
    assert.equal(code, 0, `${out}${err}`)
    assert.match(out, /^the backup of \S+ is whole$/m)
  }
  const eventsOf = (service: Service) => service.logs().map(({ event }) => event)

  it('are put encrypted into a bucket on a schedule, and restored from there', async () => {
    const settings = {
      ...bucket.settings,
      ROSTER_BACKUP_TO: 's3://backups/one/',
      ROSTER_BACKUP_RECIPIENTS: recipient,
      ROSTER_METRICS_PORT: '0',
    }
    const service = await start(settings)
    await service.createUser({ username: 'kept' })
    assert.match((await cli.run(['doctor'], settings)).out, /^BAD {2}backup: none was made yet/m)
    await service.roster.backups.runDue()
    const done = service.logs().find(({ event }) => event === 'backup.done')
    assert.ok(done, JSON.stringify(service.logs().slice(-2)))
    const { name } = done
    assert.match(String(name), /^roster-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.db\.age$/)
    await service.roster.backups.runDue()
    assert.equal(eventsOf(service).filter((event) => event === 'backup.done').length, 1, 'once a day')
    assert.match((await cli.run(['doctor'], settings)).out, /^ok {3}backup: 0 hours old$/m)
    await service.createUser({ username: 'lost' })
    await service.stop()

    const address = `s3://backups/one/${name}`
    const closed = await cli.run(['restore', address, '--yes'], bucket.settings)
    assert.deepEqual([closed.code, closed.out], [1, ''])
    assert.match(closed.err, /is encrypted: give --identity FILE/)
    await restored([address, '--identity', identityFile], bucket.settings)
    const again = await start({})
    const login = (username: string) =>
      again.call('POST', '/auth/login', { body: { username, password } }).then(({ status }) => status)
    assert.deepEqual([await login('kept'), await login('lost')], [200, 401])
    await again.stop()
    assert.deepEqual(leftovers(cli.settings.DATABASE_URL), [])
  })

  it('are kept for some days in a folder, and the newest is always kept', async () => {
    const to = join(folder, 'kept')
    mkdirSync(to)
    const stamp = (days: number) =>
      `roster-${fromNow(-days * day)
        .slice(0, 19)
        .replaceAll(':', '-')}Z.db`
    const [old, young] = [stamp(20), stamp(3)]
    for (const name of [old, `${old}.manifest.json`, young, 'roster-notes.db'])
      writeFileSync(join(to, name), '')
    const service = await start({ ROSTER_BACKUP_TO: to, ROSTER_BACKUP_DAYS: '7' })
    shiftClock(2 * day)
    await service.roster.backups.runDue()
    shiftClock(-2 * day)
    await service.stop()
    const names = readdirSync(to).sort()
    const made = names.filter((name) => ![young, 'roster-notes.db'].includes(name))
    assert.equal(made.length, 2, names.join())
    assert.equal(made[1], `${made[0]}.manifest.json`)
    assert.equal(names.length, 4)
    await restored([join(to, made[0]!)])
  })

  it('are encrypted by the command for whom it names, and open with no other identity', async () => {
    const file = join(folder, 'by-hand.db.age')
    const made = await cli.run(['backup', file, '--recipient', recipient])
    assert.equal(made.code, 0, made.err)
    assert.match(made.out, /pages, encrypted\)/)
    assert.equal(readFileSync(file).subarray(0, 21).toString(), 'age-encryption.org/v1')
    assert.ok(!existsSync(`${file}.clear`))
    assert.match((await cli.run(['backup', file])).err, /exists already/)
    writeFileSync(`${identityFile}.other`, await generateX25519Identity())
    const wrong = await cli.run(['restore', file, '--yes', '--identity', `${identityFile}.other`])
    assert.match(wrong.err, /cannot be decrypted/)
    const manifest = readFileSync(`${file}.manifest.json`)
    for (const broken of ['null', '{', '{}']) {
      writeFileSync(`${file}.manifest.json`, broken)
      const unread = await cli.run(['restore', file, '--yes', '--identity', identityFile])
      assert.match(unread.err, /cannot be read; remove it to restore without comparing/)
    }
    writeFileSync(`${file}.manifest.json`, manifest)
    await restored([file, '--identity', identityFile])
  })

  it('stay as they were written when the doctor checks them, and are refused when they were changed', async () => {
    const file = join(folder, 'checked.db')
    assert.equal((await cli.run(['backup', file])).code, 0)
    const before = readFileSync(file)
    const examined = await cli.run(['doctor', '--deep'], { DATABASE_URL: `sqlite:${file}` })
    assert.match(examined.out, /^ok {3}backup file: as it was written at /m)
    assert.ok(readFileSync(file).equals(before))
    await restored([file])
    writeFileSync(file, before.subarray(0, -1))
    const changed = await cli.run(['doctor'], { DATABASE_URL: `sqlite:${file}` })
    assert.match(changed.out, /^BAD {2}database: .*is not what was backed up.*or remove /m)
    assert.match(
      (await cli.run(['backup', join(folder, 'missing/copy.db')])).err,
      /There is no folder .*missing/,
    )
  })

  it('open with their passphrase and no other', async () => {
    const file = join(folder, 'passphrase.db.age')
    const clear = join(folder, 'clear.db')
    assert.equal((await cli.run(['backup', clear])).code, 0)
    // A low work factor, because the usual one takes seconds.
    const encrypter = new Encrypter()
    encrypter.setPassphrase('a long passphrase')
    encrypter.setScryptWorkFactor(10)
    writeFileSync(file, await encrypter.encrypt(readFileSync(clear)))
    await writeManifest(file, 'x')
    const wrong = await cli.run(['restore', file, '--yes'], {
      ROSTER_BACKUP_PASSPHRASE: 'another passphrase',
    })
    assert.match(wrong.err, /cannot be decrypted/)
    await restored([file], { ROSTER_BACKUP_PASSPHRASE: 'a long passphrase' })
  })

  it('that cannot be stored are reported once, and tried again only later', async () => {
    const service = await start({
      ...bucket.settings,
      ROSTER_BACKUP_TO: 's3://no-such-bucket/',
      AWS_SECRET_ACCESS_KEY: 'not-the-secret',
    })
    shiftClock(5 * day)
    await service.roster.backups.runDue()
    await service.roster.backups.runDue()
    shiftClock(-5 * day)
    const failures = service.logs().filter(({ event }) => event === 'backup.failed')
    assert.equal(failures.length, 1)
    assert.match(String(failures[0]!['reason']), /^the bucket no-such-bucket at \S+ answers 40[34] \w+$/)
    await service.stop()
  })
})

/** A server that speaks the protocol of S3 and checks signatures. */
async function startBucket(directory: string) {
  const server = new S3rver({
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: 'backups', configs: [] }],
  })
  const { port } = await server.run()
  const settings = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
  }
  return { settings, stop: () => server.close() }
}

/** What copies and unpacked backups left beside the database. */
function leftovers(url: string): string[] {
  const file = url.slice('sqlite:'.length)
  const names = readdirSync(join(file, '..'))
  return names.filter((name) => /\.(restore|backup)|clear|partial/.test(name))
}
