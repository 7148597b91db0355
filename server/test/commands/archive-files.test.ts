import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { fromNow, shiftClock } from '../../src/clock.ts'
import { onBothEngines } from '../harness.ts'
import { commandsOn } from './in-process.ts'

onBothEngines('the files of an archive of the audit log', (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-archive-'))
  let cli: Awaited<ReturnType<typeof commandsOn>>
  before(async () => {
    cli = await commandsOn(engine)
    assert.equal((await cli.run(['migrate'])).code, 0)
    const named = ['--username', 'alice', '--email', 'alice@example.com']
    const made = await cli.run(['users', 'create', ...named])
    assert.equal(made.code, 0, made.err)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const count = async () => (await cli.json('audit', 'list', '--limit', '1000')).length
  /** Moves the events to the file two days later. */
  const archive = (file: string, ...more: string[]) => archiveIn(2, file, ...more)
  const archiveIn = async (days: number, file: string, ...more: string[]) => {
    shiftClock(days * 86_400)
    try {
      return await cli.run(['audit', 'export', file, '--before', fromNow(-86_401), '--yes', ...more])
    } finally {
      shiftClock(-days * 86_400)
    }
  }

  it('are not written through a symbolic link, and nothing is deleted when they cannot be written', async () => {
    const events = await count()
    assert.ok(events > 0)
    const own = join(folder, 'own.txt')
    writeFileSync(own, 'mine', { mode: 0o644 })
    const link = join(folder, 'link.gz')
    symlinkSync(own, link)
    const dangling = join(folder, 'dangling.gz')
    symlinkSync(join(folder, 'made.txt'), dangling)
    const refusals: [string, string[], number][] = [
      [link, [], 2],
      [link, ['--force'], 2],
      [dangling, [], 2],
      [dangling, ['--force'], 2],
      [folder, ['--force'], 2],
      [join(folder, 'missing', 'a.gz'), [], 2],
      // A full disk.
      ['/dev/full', ['--force'], 1],
    ]
    for (const [file, more, code] of refusals) {
      const done = await archive(file, ...more)
      assert.equal(done.code, code, `${file} ${more}: ${done.out}${done.err}`)
      assert.equal(await count(), events, file)
    }
    assert.deepEqual([readFileSync(own, 'utf8'), statSync(own).mode & 0o777], ['mine', 0o644])
    assert.equal(existsSync(join(folder, 'made.txt')), false)
  })

  it('replace links beside them, and are not overwritten once they are signed', async () => {
    const file = join(folder, 'a.gz')
    const parts = [`${file}.manifest.json`, `${file}.manifest.json.sig`]
    const own = join(folder, 'other.txt')
    writeFileSync(own, 'mine', { mode: 0o644 })
    symlinkSync(own, parts[0]!)
    const done = await archive(file)
    assert.equal(done.code, 0, done.err)
    for (const part of [file, ...parts]) {
      assert.ok(lstatSync(part).isFile(), part)
      assert.equal(statSync(part).mode & 0o777, 0o600, part)
    }
    assert.equal(readFileSync(own, 'utf8'), 'mine')
    assert.equal((await cli.run(['audit', 'verify', file])).code, 0)
    const [bytes, events] = [readFileSync(file), await count()]
    for (const more of [[], ['--force']]) assert.equal((await archive(file, ...more)).code, 2)
    assert.deepEqual([readFileSync(file), await count()], [bytes, events])
    assert.equal((await cli.run(['audit', 'verify', file])).code, 0)
  })

  it('are those of the recorded archive, and of no other one', async () => {
    const [a, b] = [join(folder, 'a.gz'), join(folder, 'b.gz')]
    const sameName = join(folder, 'later', 'b.gz')
    mkdirSync(join(folder, 'later'))
    const parts = (file: string) => [file, `${file}.manifest.json`, `${file}.manifest.json.sig`]
    const copy = (from: string, to: string) => {
      for (const [index, part] of parts(from).entries()) copyFileSync(part, parts(to)[index]!)
    }
    const verify = (...args: string[]) => cli.run(['audit', 'verify', ...args])
    const refuses = async (expected: RegExp, ...args: string[]) => {
      const { code, err } = await verify(...args)
      assert.equal(code, 1, args.join(' '))
      assert.match(err, expected)
    }
    const made = await archiveIn(6, b)
    assert.equal(made.code, 0, made.err)
    const recorded = await cli.json('audit', 'list', '--type', 'audit.archived')
    const { archive: content, sha256 } = JSON.parse((await verify(b, '--json')).out)
    assert.deepEqual(recorded[0].changes, {
      ...{ count: content.events, first_seq: content.first_seq, last_seq: content.last_seq },
      ...{ before: content.before, file: 'b.gz', sha256 },
    })
    assert.ok(content.events > 0 && content.last_seq - content.first_seq >= content.events - 1)

    // The record of the first archive has moved into the second one.
    await refuses(/no record of .*--next/, a)
    assert.equal((await verify(a, '--next', b)).code, 0)
    await refuses(/no record/, b, '--next', a)

    assert.equal((await archiveIn(8, sameName)).code, 0)
    const saved = join(folder, 'saved.gz')
    copy(sameName, saved)
    copy(b, sameName)
    await refuses(/no record/, sameName)
    copy(a, sameName)
    await refuses(/is the archive a\.gz under another name/, sameName)
    const key = join(folder, 'archives.pem')
    writeFileSync(key, (await cli.run(['audit', 'public-key'])).out)
    await refuses(/under another name/, sameName, '--public-key', key)
    copy(saved, sameName)
    assert.equal((await verify(sameName)).code, 0)
    assert.equal((await verify(b, '--next', sameName, '--public-key', key)).code, 0)
  })
})
