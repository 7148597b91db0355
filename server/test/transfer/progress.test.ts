import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { progress } from '../../src/commands/shell/progress.ts'
import { onBothEngines } from '../harness.ts'
import { createPlace } from './command-line.ts'

describe('the progress line', () => {
  const { stderr } = process
  const real = { write: stderr.write, isTTY: stderr.isTTY }
  let written = ''
  beforeEach(() => {
    written = ''
    stderr.isTTY = true
    stderr.write = ((text: string) => {
      written += text
      return true
    }) as never
  })
  afterEach(() => Object.assign(stderr, real))

  it('has a bar, the speed and the time that is left when the size is known', () => {
    const { show, end } = progress(1000, false)
    show(50, 250)
    assert.match(written, /^\r\[#{8}\.{22}\] {2}25 % 50 rows, \d+ a second, \d+ (s|min) left\u001b\[K$/)
    end()
    assert.ok(written.endsWith('\r\u001b[K'), 'it is wiped away')
  })

  it('counts when it is not, and is never written more than ten times a second', () => {
    const { show } = progress(undefined, false)
    for (let done = 1; done < 1000; done += 1) show(done)
    assert.match(written, /^\r1 rows, \d+ a second\u001b\[K/)
    assert.ok(written.split('\r').length < 5)
  })

  it('is not there for programs: with --json, or without a terminal', () => {
    progress(1000, true).show(1, 1)
    stderr.isTTY = false
    const { show, end } = progress(1000, false)
    show(1, 1)
    end()
    assert.equal(written, '')
  })
})

onBothEngines('roster users export', (engine) => {
  it('says how many users it wrote, and writes nothing else to its outputs', async (t) => {
    const place = await createPlace(engine)
    t.after(place.clear)
    const file = place.path('users.ndjson')
    await place.run('users', 'create', '--username', 'ada', '--email', 'ada@example.com')
    const forPeople = await place.run('users', 'export', file)
    assert.deepEqual([forPeople.code, forPeople.err], [0, ''])
    assert.match(forPeople.out, /^wrote .*users\.ndjson: 1 users of .*roster/)
    const refused = await place.run('users', 'export', file, '--format', 'csv')
    assert.equal(refused.code, 2)
    assert.match(refused.err, /users\.ndjson exists already; .*--force/)
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).username, 'ada')
    const forPrograms = await place.run('users', 'export', file, '--json', '--format', 'csv', '--force')
    assert.deepEqual(JSON.parse(forPrograms.out), { file, users: 1 })
    assert.equal(readFileSync(file, 'utf8').split('\r\n').length, 3)
    const { out, err } = await place.finish('users', 'export', '-')
    assert.deepEqual([JSON.parse(out).username, err], ['ada', ''])
    const sheet = place.path('users.csv')
    assert.equal((await place.run('users', 'export', sheet, '--bom')).code, 0)
    assert.match(readFileSync(sheet, 'utf8'), /^\ufeffid,/)
    assert.equal((await place.run('users', 'export', place.path('b.ndjson'), '--bom')).code, 2)
  })
})
