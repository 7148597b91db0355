/** Lists on a real streaming standby: they are answered there, and include every acknowledged write. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { readConfig } from '../../src/config.ts'
import { until } from '../harness/wait.ts'
import { createEngine, type Service } from '../harness.ts'
import { type PostgresPair, startPostgresPair } from '../postgres-pair.ts'

const skip = (process.env['TEST_ENGINES'] ?? 'postgres').includes('postgres')
  ? false
  : 'PostgreSQL is left out'

describe('reads on a standby', { skip }, () => {
  const { engine, cleanUp } = createEngine('postgres')
  let pair: PostgresPair
  let service: Service
  let token = ''
  let users = 0
  const onStandby = async (text: string) => {
    const client = new pg.Client(pair.standby.url)
    await client.connect()
    try {
      return (await client.query(text)).rows as Record<string, unknown>[]
    } finally {
      await client.end()
    }
  }
  const behind = () => service.roster.database.standbyBehindBytes()
  const createUser = async () => {
    users += 1
    const username = `reader-${users}`
    const body = { username, email: `${username}@example.com` }
    const { status, text } = await service.call('POST', '/users', { as: token, body })
    assert.equal(status, 201, text)
    return username
  }
  const isListed = async (username: string) => {
    const { status, body } = await service.call('GET', `/users?q=${username}`, { as: token })
    assert.equal(status, 200)
    return body.some((user: { username: string }) => user.username === username)
  }

  before(async () => {
    pair = await startPostgresPair()
    service = await engine.start({
      DATABASE_URL: pair.url(pair.primary),
      DATABASE_READ_URL: pair.url(pair.standby),
    })
    token = (await service.admin()).token
    await until(async () => (await behind()) === 0, 'the standby to follow')
  })
  after(async () => {
    await cleanUp()
    await pair?.stop()
  })

  it('are answered there, and include acknowledged writes', async () => {
    for (let round = 0; round < 10; round += 1) assert.ok(await isListed(await createUser()))
    await until(async () => (await behind()) === 0, 'the standby to follow')
    await isListed('reader-1')
    const [seen] = await onStandby(
      `select count(*) as count from pg_stat_activity where application_name = 'roster' and query like '%"users"%'`,
    )
    assert.ok(Number(seen?.['count']) > 0)
  })

  it('happen on the primary while the standby is behind', async () => {
    await onStandby('select pg_wal_replay_pause()')
    assert.ok(await isListed(await createUser()))
    assert.ok((await behind()) > 0)
    await onStandby('select pg_wal_replay_resume()')
    await until(async () => (await behind()) === 0, 'the standby to follow')
  })

  it('happen on the primary when the other server no longer follows it, or is away', async () => {
    await onStandby('select pg_promote()')
    assert.ok(await isListed(await createUser()))
    assert.equal(await behind(), Number.POSITIVE_INFINITY)
    await pair.standby.stop()
    assert.ok(await isListed(await createUser()))
    assert.equal(await behind(), Number.POSITIVE_INFINITY)
    assert.equal((await service.call('GET', '/health/ready')).status, 200)
  })

  it('are refused as a setting where there is no standby', () => {
    const key = { ROSTER_SECRET_KEY: randomBytes(32).toString('base64') }
    assert.throws(
      () => readConfig({ ...key, DATABASE_URL: 'sqlite::memory:', DATABASE_READ_URL: 'postgres://u@h/d' }),
      /DATABASE_READ_URL must be/,
    )
    assert.throws(
      () => readConfig({ ...key, DATABASE_URL: 'postgres://u@h/d', DATABASE_READ_URL: 'postgres://u@h:0/d' }),
      /^Error: DATABASE_READ_URL .*port/m,
    )
  })
})
