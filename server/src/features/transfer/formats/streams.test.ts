import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixture, getFormat } from './test-formats.ts'

/** A realm of so many users, each about 1 KiB, made while it is read. */
async function* realm(count: number): AsyncGenerator<Buffer> {
  const { users } = JSON.parse(fixture('keycloak-users-0.json')) as { users: unknown[] }
  const user = JSON.stringify(users[0], null, 2)
  yield Buffer.from('{"realm":"harbour","roles":{"realm":[]},"users":[')
  for (let made = 0; made < count; made += 50)
    yield Buffer.from(`${made === 0 ? '' : ','}${Array(50).fill(user).join(',')}`)
  yield Buffer.from('],"clients":[{"users":[1,2,3]}]}')
}

async function countUsers(count: number): Promise<number> {
  let users = 0
  for await (const item of getFormat('keycloak').read(realm(count), {})) if ('user' in item) users += 1
  return users
}

describe('a file of 200,000 users', () => {
  it('is read with less than 80 MB of memory more', async () => {
    await countUsers(20_000)
    const before = process.memoryUsage.rss()
    assert.equal(await countUsers(200_000), 200_000)
    const grown = (process.memoryUsage.rss() - before) / 1e6
    assert.ok(grown < 80, `grew by ${grown} MB`)
  })
})
