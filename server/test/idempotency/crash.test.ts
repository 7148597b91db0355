/** A process that dies after it made something and before it answered: the same request again gets the answer. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { before, it } from 'node:test'
import { onBothEngines, type Service, send } from '../harness.ts'
import { urlWhenReady } from '../process.ts'
import { sharedDatabase } from '../shared-database.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname
const dying = new URL('./die-before-answer.mjs', import.meta.url).pathname

type Table = 'users' | 'roles' | 'api_keys' | 'groups' | 'webhooks'

/** What each idempotent route is sent, and how to count what it made. */
const requests: Record<string, { body: Record<string, unknown>; made: Table }> = {
  'POST /users': { body: { username: 'once', email: 'once@example.com' }, made: 'users' },
  'POST /roles': { body: { name: 'once', description: '', permissions: [] }, made: 'roles' },
  'POST /api-keys': { body: { name: 'once', permissions: ['users:read'] }, made: 'api_keys' },
  'POST /groups': { body: { name: 'once' }, made: 'groups' },
  'POST /webhooks': { body: { url: 'https://example.com/hook' }, made: 'webhooks' },
}

onBothEngines('a process that dies before it answered', (engine) => {
  let url: string
  let service: Service
  before(async () => {
    url = await sharedDatabase(engine)
    service = await engine.start({ DATABASE_URL: url })
  })

  const mortal = () => {
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: url,
      ROSTER_PORT: '0',
      ROSTER_PUBLIC_URL: service.roster.config.publicUrl,
      ROSTER_SECRET_KEY: service.roster.config.secretKey!.toString('base64'),
    }
    return spawn(process.execPath, ['--import', dying, bin, 'serve'], { env, stdio: 'pipe' })
  }
  const count = async (table: Table) =>
    (await service.roster.database.read.selectFrom(table).select('created_at').execute()).length

  it('has made it once, and every idempotent route answers with it', { timeout: 240_000 }, async () => {
    const { token } = await service.admin()
    const routes = service.roster.app.plans
      .filter(({ idempotent }) => idempotent)
      .map(({ method, pattern }) => `${method} ${pattern}`)
    assert.deepEqual(routes.sort(), Object.keys(requests).sort(), 'each idempotent route has a request here')
    for (const [route, { body, made }] of Object.entries(requests)) {
      const path = route.split(' ')[1]!
      const request = {
        as: token,
        body,
        headers: { 'idempotency-key': `crash ${route}`.replaceAll(' ', '-') },
      }
      const known = await count(made)
      const child = mortal()
      const ended = once(child, 'exit')
      const childUrl = await urlWhenReady(child)
      await assert.rejects(send(childUrl, 'POST', path, request), route)
      assert.deepEqual(await ended, [null, 'SIGKILL'])
      assert.equal(await count(made), known + 1, route)
      const again = await service.call('POST', path, request)
      assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [201, 'true'], again.text)
      const resource = await service.call('GET', again.headers.get('location')!, { as: token })
      assert.deepEqual(again.body, resource.body, route)
      assert.equal(again.headers.get('etag'), resource.headers.get('etag'))
      assert.equal(await count(made), known + 1, route)
      const third = await service.call('POST', path, request)
      assert.deepEqual([third.status, third.text], [201, again.text])
    }
  })

  it('keeps no answer about an erased user', async () => {
    const { token } = await service.admin()
    const headers = { 'idempotency-key': 'of-the-erased' }
    const body = { username: 'erased', email: 'erased@example.com' }
    const { body: user } = await service.call('POST', '/users', { as: token, body, headers })
    const kept = () =>
      service.roster.database.read
        .selectFrom('idempotency_keys')
        .select('key')
        .where('resource_id', '=', user.id)
        .execute()
    assert.equal((await kept()).length, 1)
    assert.equal((await service.call('DELETE', `/users/${user.id}?purge=true`, { as: token })).status, 204)
    assert.deepEqual(await kept(), [])
  })
})
