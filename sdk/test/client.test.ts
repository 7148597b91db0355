/** The client drives the real service. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { passTime } from '../../server/src/clock.ts'
import { createEngine, password, type Service } from '../../server/test/harness.ts'
import { createClient, isRosterError, memoryTokens, type RosterClient, RosterError } from '../src/index.ts'

const { engine, cleanUp } = createEngine('sqlite')
let service: Service
let client: RosterClient

before(async () => {
  service = await engine.start()
  const admin = await service.admin()
  client = createClient({ baseUrl: service.url, getToken: () => admin.token })
})
after(cleanUp)

async function errorOf(work: Promise<unknown>): Promise<RosterError> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof RosterError, String(error))
  return error
}

describe('a machine application', () => {
  it('gets its tokens by itself, and another when one has ended', async () => {
    const admin = (await service.admin()).token
    const { body: application } = await service.call('POST', '/applications', {
      as: admin,
      body: { name: 'Sync', kind: 'machine', permissions: ['users:read', 'roles:read'] },
    })
    const machine = (scope: string[], clientSecret = application.client_secret) =>
      createClient({
        baseUrl: service.url,
        clientCredentials: { clientId: application.client_id, clientSecret, scope },
      })
    const asked: string[] = []
    const counting: typeof fetch = (input, init) => {
      asked.push(new URL(String(input)).pathname)
      return fetch(input, init)
    }
    const sync = createClient({
      baseUrl: service.url,
      fetch: counting,
      clientCredentials: {
        clientId: application.client_id,
        clientSecret: application.client_secret,
        scope: ['users:read'],
      },
    })
    await Promise.all([sync.users.list(), sync.users.list()])
    assert.equal(asked.filter((path) => path === '/oauth2/token').length, 1)
    await service.roster.database.transaction(async (tx) => {
      await tx.deleteFrom('oauth_records').where('kind', '=', 'ClientCredentials').execute()
    })
    passTime(1)
    await sync.users.list()
    assert.equal(asked.filter((path) => path === '/oauth2/token').length, 2)
    assert.equal(
      (await errorOf(machine(['users:read'], 'rs_wrong').users.list())).code,
      'invalid_credentials',
    )
    assert.equal((await errorOf(machine(['users:write']).users.list())).title, 'invalid_scope')
    assert.equal((await errorOf(machine(['roles:read']).users.list())).code, 'forbidden')
  })
})

describe('users', () => {
  it('are created, read, changed, replaced, deleted, restored and erased', async () => {
    const created = await client.users.create({ username: 'sdk', email: 'sdk@example.com', password })
    assert.match(created.etag, /^"\d+"$/)
    const changed = await client.users.update(
      created.id,
      { first_name: 'Ada', metadata: { plan: 'free' } },
      { ifMatch: created.etag },
    )
    assert.equal(changed.first_name, 'Ada')
    const replaced = await client.users.replace(created.id, { username: 'sdk', email: 'sdk@example.com' })
    assert.equal(replaced.first_name, null)
    await client.users.delete(created.id)
    assert.equal((await errorOf(client.users.get(created.id))).code, 'not_found')
    const restored = await client.users.restore(created.id)
    assert.equal(restored.username, 'sdk')
    await client.users.delete(created.id)
    await client.users.purge(created.id)
    assert.equal((await errorOf(client.users.restore(created.id))).status, 404)
  })

  it('a change of an older version is refused, and `edit` starts again from the newer one', async () => {
    const user = await client.users.create({ username: 'edited', email: 'edited@example.com' })
    await client.users.update(user.id, { first_name: 'Newer' })
    const stale = client.users.update(user.id, { last_name: 'Stale' }, { ifMatch: user.etag })
    assert.equal((await errorOf(stale)).code, 'precondition_failed')
    const seen: (string | null)[] = []
    const edited = await client.users.edit(user.id, async (current) => {
      seen.push(current.first_name)
      if (seen.length === 1) await client.users.update(user.id, { first_name: 'Newest' })
      return { last_name: `of ${current.first_name}` }
    })
    assert.deepEqual(seen, ['Newer', 'Newest'])
    assert.equal(edited.last_name, 'of Newest')
  })

  it('lists come in pages, and as one sequence', async () => {
    for (let at = 0; at < 5; at += 1) {
      await client.users.create({ username: `page-${at}`, email: `page-${at}@example.com` })
    }
    const query = { q: 'page-', sort: 'username', limit: 2 } as const
    const first = await client.users.list({ ...query, count: 'exact' })
    assert.equal(first.total, 5)
    assert.equal(first.prev, null)
    const second = await client.users.list({ ...query, cursor: first.next! })
    const names = [...first.items, ...second.items].map(({ username }) => username)
    assert.deepEqual(names, ['page-0', 'page-1', 'page-2', 'page-3'])
    const back = await client.users.list({ ...query, cursor: second.prev! })
    assert.deepEqual(back.items, first.items)
    const all: string[] = []
    for await (const user of client.users.all(query)) all.push(user.username)
    assert.deepEqual(all, [...names, 'page-4'])
  })

  it('a faulty input gives each fault by its pointer', async () => {
    const error = await errorOf(client.users.create({ username: 'no spaces', email: 'x' }))
    assert.equal(error.status, 400)
    assert.equal(isRosterError(error, 'invalid_input'), true)
    assert.equal(isRosterError(error, 'not_found'), false)
    assert.equal(isRosterError(new Error('x')), false)
    assert.deepEqual(Object.keys(error.errorsByPointer).sort(), ['/email', '/username'])
    assert.match(error.request_id!, /^[\w-]{8,}$/)
  })

  it('a path parameter cannot become another path', async () => {
    for (const id of ['', '.', '..']) await assert.rejects(client.users.get(id), TypeError)
    assert.equal((await errorOf(client.users.get('../roles'))).code, 'bad_request')
  })
})

describe('the other resources', () => {
  it('roles, API keys and the audit log', async () => {
    const role = await client.roles.create({ name: 'support', permissions: ['users:read'] })
    const changed = await client.roles.update('support', { description: 'Helps' }, { ifMatch: role.etag })
    assert.equal(changed.description, 'Helps')
    assert.ok((await client.roles.list()).some(({ name }) => name === 'support'))
    await client.roles.delete('support')
    const key = await client.apiKeys.create({ name: 'sync', permissions: ['users:read'] })
    const asKey = createClient({ baseUrl: service.url, getToken: () => key.secret })
    assert.ok((await asKey.users.list()).items.length > 0)
    await client.apiKeys.revoke(key.id)
    assert.equal((await errorOf(asKey.users.list())).code, 'invalid_token')
    const events = await client.audit.list({ type: 'role.created' })
    assert.equal(events.items[0]?.outcome, 'success')
  })

  it('every operation of the document, by method and path', async () => {
    const { data } = await client.call('GET', '/')
    assert.equal(data.name, 'roster')
    const me = await client.call('GET', '/users/{id}', { path: { id: 'me' } })
    assert.equal(me.data.username, 'admin')
    await client.call('POST', '/auth/forgot-password', { body: { email: 'nobody@example.com' } })
    await client.account.forgotPassword('nobody@example.com')
  })
})

describe('signing in with tokens', () => {
  it('keeps them, renews them once for many calls, and forgets them', async () => {
    const user = await service.createUser()
    const tokens = memoryTokens()
    let refreshes = 0
    const counting: typeof fetch = (input, init) => {
      if (String(input).endsWith('/auth/refresh')) refreshes += 1
      return fetch(input, init)
    }
    const own = createClient({ baseUrl: service.url, tokens, fetch: counting })
    assert.equal((await errorOf(own.users.get('me'))).code, 'unauthenticated')
    const wrong = own.auth.signIn({ username: user.username, password: 'wrong' })
    assert.equal((await errorOf(wrong)).code, 'invalid_credentials')
    const signedIn = await own.auth.signIn({ username: user.username, password })
    assert.equal(signedIn.user.id, user.id)
    const kept = (await tokens.get())!
    await tokens.set({ ...kept, expires_at: Date.now() })
    const read = await Promise.all(Array.from({ length: 10 }, () => own.users.get('me')))
    assert.ok(read.every(({ id }) => id === user.id))
    assert.equal(refreshes, 1)
    assert.notEqual((await tokens.get())!.refresh_token, kept.refresh_token)
    await tokens.set({ ...(await tokens.get())!, access_token: kept.access_token.replace(/.$/, '!') })
    assert.equal((await own.users.get('me')).id, user.id)
    assert.equal(refreshes, 2)
    assert.equal((await own.sessions.list('me')).length, 2)
    await own.auth.signOut()
    assert.equal(await tokens.get(), null)
    assert.equal(await own.auth.session(), null)
    await own.auth.signOut()
  })

  it('a session that was ended by another client leaves no tokens', async () => {
    const user = await service.createUser()
    const tokens = memoryTokens()
    const own = createClient({ baseUrl: service.url, tokens })
    await own.auth.signIn({ username: user.username, password })
    await client.sessions.endAll(user.id)
    await errorOf(own.users.get('me'))
    assert.equal(await tokens.get(), null)
  })
})

describe('import and export', () => {
  it('a row has a result, and progress is reported', async () => {
    const lines = Array.from({ length: 250 }, (_, at) =>
      JSON.stringify({ username: `row-${at}`, email: at === 7 ? 'none' : `row-${at}@example.com` }),
    )
    const failed: number[] = []
    const progress: number[] = []
    const summary = await client.users.import(new Blob([lines.join('\n')]), {
      onResult: ({ row, result }) => result === 'failed' && failed.push(row),
      onProgress: ({ rows }) => progress.push(rows),
    })
    const { columns, format, ...counts } = summary
    assert.deepEqual(counts, { created: 249, updated: 0, skipped: 0, failed: 1, dry_run: false })
    assert.deepEqual([format, columns['email']], ['roster', 'email'])
    assert.equal(failed.length, 1)
    assert.ok(progress.length > 1 && progress.at(-1)! >= 250, String(progress))
    const stream = new Blob([lines[0]!]).stream()
    const again = await client.users.import(stream, { mode: 'upsert', dry_run: true })
    assert.equal(again.dry_run, true)
    const names: string[] = []
    const exported = await client.users.export({ filter: 'username sw "row-"' })
    for await (const user of exported.rows()) names.push(user.username)
    assert.equal(names.length, 249)
    const file = new File(['username,email\ncsv,csv@example.com\n'], 'people.csv')
    assert.equal((await client.users.import(file)).created, 1)
    const tabs = new File(['username\temail\ntabs\ttabs@example.com\n'], 'people.tsv')
    assert.equal((await client.users.import(tabs)).created, 1)
    const csv = await client.users.export({ username: 'csv' }, { format: 'csv' })
    assert.match(await csv.text(), /csv@example\.com/)
  })
})
