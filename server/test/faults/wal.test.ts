/** SQLite's write-ahead log, which every reader can hold back from moving into the file. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { createEngine } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'

/** It is moved into the file when it has 8,000 pages of 4 KiB. */
const movedAt = 8_000 * 4_096
const users = 1_000

describe('the write-ahead log of SQLite', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)

  it('does not grow without end while users are written, read and searched at the same time', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const service = await engine.start({ DATABASE_URL })
    const { token: as } = await service.admin()
    const metadata = { text: 'x'.repeat(8_000) }
    let written = 0
    const write = async () => {
      while (written < users) {
        const username = `user-${written++}`
        const body = { username, email: `${username}@example.com`, metadata }
        assert.equal((await service.call('POST', '/users', { as, body })).status, 201)
      }
    }
    const read = async (path: string) => {
      while (written < users) assert.equal((await service.call('GET', path, { as })).status, 200)
    }
    await Promise.all([
      ...Array.from({ length: 12 }, write),
      ...['/users/me', '/users/me', '/users?q=er-1'].map(read),
    ])
    const { size } = statSync(`${DATABASE_URL.slice('sqlite:'.length)}-wal`)
    assert.ok(size < 2 * movedAt, `${Math.round(size / 1e6)} MB`)
  })
})
