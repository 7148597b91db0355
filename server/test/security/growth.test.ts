/** Tables that a user without permissions can fill: each keeps a stated number of rows of a user. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import * as client from 'openid-client'
import { connect, offline, register, signIn } from '../applications/relying-party.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

const long = '2020-01-01T00:00:00.000Z'

onBothEngines('rows that a user can cause', (engine) => {
  let service: Service
  let user: TestUser
  before(async () => {
    service = await engine.start()
    user = await service.createUser()
  })
  const { counting, write } = {
    counting: async (
      table: 'sessions' | 'refresh_tokens' | 'oauth_records',
      column: string,
      value: string,
    ) => {
      const { database } = service.roster
      const rows = await database.read
        .selectFrom(table)
        .selectAll()
        .where(column as never, '=', value as never)
        .execute()
      return rows as Record<string, unknown>[]
    },
    write: (table: 'sessions' | 'refresh_tokens' | 'oauth_records', rows: object[]) =>
      service.roster.database.transaction((tx) =>
        tx
          .insertInto(table)
          .values(rows as never)
          .execute(),
      ),
  }
  /** As many copies of a row as a user could have made before. */
  const copies = (row: Record<string, unknown>, key: string, count: number, more: object) =>
    Array.from({ length: count }, (_, at) => ({
      ...{ ...row, ...more, created_at: long },
      [key]: `${String(row[key]).slice(0, -4)}${String(at).padStart(4, '0')}`,
    }))

  it('ended sessions: the latest 200 are kept', async () => {
    const [row] = await counting('sessions', 'user_id', user.id)
    await write('sessions', copies(row!, 'id', 230, { ended_at: long, end_reason: 'logout' }))
    const { status } = await service.call('POST', '/auth/login', {
      body: { username: user.username, password },
    })
    assert.equal(status, 200)
    const left = await counting('sessions', 'user_id', user.id)
    assert.equal(left.filter(({ ended_at }) => ended_at !== null).length, 200)
    assert.equal(left.filter(({ ended_at }) => ended_at === null).length, 2)
  })

  it('refresh tokens of a session: the latest 100 stay', async () => {
    const { refresh, token } = await service.createUser()
    const { sid } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
    const [row] = await counting('refresh_tokens', 'session_id', sid)
    await write('refresh_tokens', copies(row!, 'hash', 130, { used_at: long }))
    const { status } = await service.call('POST', '/auth/refresh', { body: { refresh_token: refresh } })
    assert.equal(status, 200)
    assert.equal((await counting('refresh_tokens', 'session_id', sid)).length, 100)
  })

  it('grants for an application and refresh tokens of a grant: the latest 100 of each stay', async () => {
    const config = await connect(service, await register(service))
    const first = await signIn(service, config, user.token, offline)
    const of = async (kind: string) =>
      (await counting('oauth_records', 'user_id', user.id)).filter((row) => row['kind'] === kind)
    const [grant] = await of('Grant')
    const [token] = await of('RefreshToken')
    await write('oauth_records', [
      ...copies(grant!, 'id', 130, { uid: null }).map((row) => ({
        ...row,
        grant_id: (row as Record<string, unknown>)['id'],
      })),
      ...copies(token!, 'id', 130, { uid: null, consumed_at: long }),
    ])
    await client.refreshTokenGrant(config, first.tokens.refresh_token!)
    assert.equal((await of('RefreshToken')).length, 100)
    await signIn(service, config, user.token, offline)
    assert.ok((await of('Grant')).length <= 101)
  })
})
