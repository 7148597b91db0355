import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixture, getFormat } from './test-formats.ts'

const chunks = 4_000
const usersAChunk = 50

describe('a file of 200,000 users', () => {
  it('is read chunk by chunk: never more than a few are read ahead of what is asked for', async () => {
    const { users } = JSON.parse(fixture('keycloak-users-0.json')) as { users: unknown[] }
    const user = JSON.stringify(users[0])
    let given = 0
    async function* realm(): AsyncGenerator<Buffer> {
      yield Buffer.from('{"realm":"harbour","roles":{"realm":[]},"users":[')
      for (; given < chunks; given += 1)
        yield Buffer.from(`${given === 0 ? '' : ','}${Array(usersAChunk).fill(user).join(',')}`)
      yield Buffer.from('],"clients":[{"users":[1,2,3]}]}')
    }
    let read = 0
    let furthest = 0
    for await (const item of getFormat('keycloak').read(realm(), {})) {
      if ('user' in item) read += 1
      furthest = Math.max(furthest, given * usersAChunk - read)
    }
    assert.equal(read, chunks * usersAChunk)
    // The reader first examines up to one mebibyte, to distinguish JSON from newline-delimited JSON.
    const lookedAt = (1024 * 1024) / user.length
    assert.ok(furthest < lookedAt + 3 * usersAChunk, `${furthest} users were read ahead`)
  })
})
