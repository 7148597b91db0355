import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

type Event = { type: string; reason: string | null; changes: Record<string, unknown> | null }
type Result = { result: string; id?: string; reason?: string; errors?: { pointer: string; code: string }[] }

const otherHash = '$2b$10$0Dn8Togp.Jwv1rH.2Lu9S.q7X9J3Pp5xZmX.y.MAVtBDOuT26HHcm'
const otherPassword = 'granite-cove-3'

onBothEngines('POST /users/import?mode=upsert', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })

  const upsert = async (row: object, as = admin.token, query = ''): Promise<Result> => {
    const { status, text } = await service.call('POST', `/users/import?mode=upsert${query}`, {
      as,
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify(row)}\n`,
    })
    assert.equal(status, 200)
    return JSON.parse(text.split('\n')[0]!) as Result
  }
  const read = async (id: string) => (await service.call('GET', `/users/${id}`, { as: admin.token })).body
  const newestEvent = async () =>
    (await service.call('GET', '/audit-events?limit=1', { as: admin.token })).body[0].seq as number
  /** What the audit says of the user beyond `seq`, in order. */
  const eventsSince = async (seq: number, id: string): Promise<Event[]> =>
    (await service.call('GET', `/audit-events?target=${id}`, { as: admin.token })).body
      .filter((event: { seq: number }) => event.seq > seq)
      .toReversed()
  /** Without the mails that were sent, for an import sends none, and without the ids of sessions. */
  const outline = (events: Event[]) =>
    events
      .filter(({ type }) => !type.endsWith('_sent'))
      .map(({ type, changes }) => ({ type, changes: changes?.['sessions'] ? null : changes }))
  const isSignedIn = async ({ token, refresh }: TestUser) => {
    const { status } = await service.call('GET', '/users/me', { as: token })
    if (status === 200) return true
    const refreshed = await service.call('POST', '/auth/refresh', { body: { refresh_token: refresh } })
    assert.deepEqual([status, refreshed.status, refreshed.body.code], [401, 400, 'invalid_grant'])
    return false
  }
  const mailsTo = async () => {
    const { sql } = await import('kysely')
    const found = await sql<{ count: number }>`select count(*) as count from mail_outbox`.execute(
      service.roster.database.read,
    )
    return Number(found.rows[0]?.count)
  }

  describe('writes what a PATCH by an administrator would write', () => {
    const changes: [name: string, fields: Record<string, unknown>, staysSignedIn: boolean][] = [
      ['a name', { first_name: 'Ada', last_name: null }, true],
      ['metadata', { metadata: { plan: 'b' } }, true],
      ['roles given and taken', { roles: ['admin'] }, true],
      ['disabling', { status: 'disabled' }, false],
      ['a new address', { email: '{name}@elsewhere.example.com' }, false],
      ['a verified address', { email_verified: true }, true],
      ['several at once', { status: 'disabled', roles: ['user', 'admin'], external_id: 'x-{name}' }, false],
    ]
    for (const [name, template, staysSignedIn] of changes) {
      it(name, async () => {
        const patched = await service.createUser()
        const imported = await service.createUser()
        const fieldsFor = ({ username }: TestUser) =>
          JSON.parse(JSON.stringify(template).replaceAll('{name}', username)) as object
        const seq = await newestEvent()
        const answer = await service.call('PATCH', `/users/${patched.id}`, {
          as: admin.token,
          body: fieldsFor(patched),
        })
        assert.equal(answer.status, 200)
        const mails = await mailsTo()
        const { id, username, email } = imported
        assert.equal((await upsert({ id, username, email, ...fieldsFor(imported) })).result, 'updated')

        const events = await eventsSince(seq, id)
        assert.deepEqual(outline(events), outline(await eventsSince(seq, patched.id)))
        assert.ok(events.some(({ type, reason }) => type === 'user.updated' && reason === 'import'))
        assert.deepEqual(
          [await isSignedIn(patched), await isSignedIn(imported)],
          [staysSignedIn, staysSignedIn],
        )
        // Both addresses get a mail about a change, as after a PATCH.
        assert.equal(await mailsTo(), mails + ('email' in template ? 2 : 0))
        const shown = await read(id)
        const twin = await read(patched.id)
        for (const field of ['first_name', 'last_name', 'status', 'roles', 'email_verified', 'metadata'])
          assert.deepEqual(shown[field], twin[field], field)
      })
    }

    it('a verified address instead of another tells both, unless no mail is wanted', async () => {
      const { id, username, email } = await service.createUser()
      const before = await mailsTo()
      const row = { id, username, email: `v-${email}`, email_verified: true }
      assert.equal((await upsert(row)).result, 'updated')
      assert.equal(await mailsTo(), before + 2)
      assert.equal((await upsert({ ...row, email }, admin.token, '&no_mail=true')).result, 'updated')
      assert.equal(await mailsTo(), before + 2)
    })

    it('enabling again', async () => {
      const user = await service.createUser()
      await service.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { status: 'disabled' } })
      const seq = await newestEvent()
      await upsert({ id: user.id, username: user.username, email: user.email, status: 'active' })
      assert.deepEqual(outline(await eventsSince(seq, user.id)), [
        { type: 'user.enabled', changes: null },
        { type: 'user.updated', changes: { fields: ['status'] } },
      ])
    })
  })

  it('a new password ends the sessions and is the one that counts', async () => {
    const user = await service.createUser()
    const { id, username, email } = user
    const seq = await newestEvent()
    assert.equal((await upsert({ id, username, email, password_hash: otherHash })).result, 'updated')
    assert.equal(await isSignedIn(user), false)
    assert.deepEqual(outline(await eventsSince(seq, id)), [
      { type: 'session.revoked_all', changes: null },
      { type: 'password.changed', changes: null },
      { type: 'user.updated', changes: { fields: ['password'] } },
    ])
    const signIn = (typed: string) =>
      service.call('POST', '/auth/login', { body: { username, password: typed } })
    assert.deepEqual([(await signIn(password)).status, (await signIn(otherPassword)).status], [401, 200])
  })

  it('the same hash again undoes nothing: not our stronger one, nor the password that its owner chose since', async () => {
    const row = { username: 'returning', email: 'returning@example.com', password_hash: otherHash }
    const { id } = await upsert(row)
    const signIn = async (typed: string) =>
      service.call('POST', '/auth/login', { body: { username: row.username, password: typed } })
    const first = await signIn(otherPassword)
    assert.equal(first.status, 200, 'the hash is argon2id from now on')
    const tokens = (answer: typeof first) => ({
      ...{ id: id!, username: row.username, email: row.email },
      ...{ token: answer.body.access_token as string, refresh: answer.body.refresh_token as string },
    })
    assert.equal((await upsert(row)).reason, 'unchanged')
    assert.equal(await isSignedIn(tokens(first)), true)

    const chosen = 'a password of my own'
    const changed = await service.call('PUT', `/users/${id}/password`, {
      as: first.body.access_token,
      body: { current_password: otherPassword, password: chosen },
    })
    assert.equal(changed.status, 204)
    const second = await signIn(chosen)
    assert.equal((await upsert({ ...row, first_name: 'New' })).result, 'updated')
    assert.equal(await isSignedIn(tokens(second)), true)
    assert.equal((await signIn(otherPassword)).status, 401)

    // A hash that is new in the other system counts.
    const newer = '$2b$10$qMx7oBIyy0Iok8cCfCFOAuhO0Utjb2HQinlg5v2L8S9W02wEr3rRO'
    assert.equal((await upsert({ ...row, first_name: 'New', password_hash: newer })).result, 'updated')
    assert.equal(await isSignedIn(tokens(second)), false)
    assert.deepEqual([(await signIn(chosen)).status, (await signIn('only-mail-4')).status], [401, 200])
  })

  it('a caller who may write users, but not hashes, replaces no password', async () => {
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'writer', permissions: ['users:read', 'users:write'] },
    })
    const writer = await service.createUser({ roles: ['writer'] })
    const user = await service.createUser()
    const { id, username, email } = user
    for (const secret of [{ password_hash: otherHash }, { password: 'granite cove 33' }, { password }]) {
      const refused = await upsert({ id, username, email, first_name: 'New', ...secret }, writer.token)
      const [fault] = refused.errors ?? []
      assert.deepEqual([refused.result, fault?.code], ['failed', 'permission_not_held'])
    }
    assert.equal(await isSignedIn(user), true)
    assert.equal((await read(id)).first_name, null)
    assert.equal((await upsert({ id, username, email, first_name: 'New' }, writer.token)).result, 'updated')
    const fresh = { username: 'moved-in', email: 'moved-in@example.com', password_hash: otherHash }
    assert.equal((await upsert(fresh, writer.token)).result, 'created')
    assert.equal((await upsert(fresh, writer.token)).reason, 'unchanged')
  })

  it('a password in plain text changes something only when it is another one', async () => {
    const user = await service.createUser()
    const { id, username, email } = user
    const same = await upsert({ id, username, email, password })
    assert.deepEqual([same.result, same.reason], ['skipped', 'unchanged'])
    assert.equal(await isSignedIn(user), true)
    assert.equal((await upsert({ id, username, email, password: 'granite cove 33' })).result, 'updated')
    assert.equal(await isSignedIn(user), false)
  })

  it('a row without changes changes nothing: no event, no new version, no ended session', async () => {
    const user = await service.createUser()
    const { id, username, email } = user
    const before = await service.call('GET', `/users/${id}`, { as: admin.token })
    const seq = await newestEvent()
    const same = await upsert({ id, username, email, roles: ['user'], metadata: {}, status: 'active' })
    assert.deepEqual([same.result, same.reason], ['skipped', 'unchanged'])
    const after = await service.call('GET', `/users/${id}`, { as: admin.token })
    assert.equal(after.headers.get('etag'), before.headers.get('etag'))
    assert.deepEqual(await eventsSince(seq, id), [])
    assert.equal(await isSignedIn(user), true)
  })

  it('takes created_at from the row and the later last_login_at; updated_at is the instant of the import', async () => {
    const { id, username, email } = await service.createUser()
    const before = await read(id)
    const instants = { created_at: '2019-05-06T07:08:09.123Z', updated_at: '2020-01-01T00:00:00.000Z' }
    const started = new Date().toISOString()
    const older = await upsert({
      id,
      username,
      email,
      ...instants,
      last_login_at: '2020-02-03T04:05:06.789Z',
    })
    assert.equal(older.result, 'updated')
    const after = await read(id)
    assert.deepEqual(
      [after.created_at, after.last_login_at],
      [instants.created_at, before.last_login_at],
      'a sign-in of today is not forgotten',
    )
    assert.ok(after.updated_at >= started)
    const last_login_at = '2126-01-01T00:00:00.000Z'
    assert.equal((await upsert({ id, username, email, ...instants, last_login_at })).result, 'updated')
    assert.equal((await read(id)).last_login_at, last_login_at)
    const again = await upsert({ id, username, email, ...instants, last_login_at: null })
    assert.deepEqual([again.result, again.reason], ['skipped', 'unchanged'])
  })

  it('roles of another system remove no role that was assigned here', async () => {
    const { id, username, email } = await service.createUser({ roles: ['admin', 'user'] })
    const { transfer } = service.roster
    const realm = {
      realm: 'r',
      users: [{ username, email, firstName: 'New', realmRoles: ['user', 'pilot'] }],
    }
    async function* body() {
      yield Buffer.from(JSON.stringify(realm))
    }
    const request = { mode: 'upsert', dryRun: false, batchRows: 10 } as const
    for await (const [row] of transfer.import(
      systemCaller,
      body(),
      transfer.formatNamed('keycloak')!,
      request,
    ))
      assert.equal(row?.result, 'updated')
    const { roles, first_name, metadata } = await read(id)
    assert.deepEqual([roles, first_name, metadata], [['admin', 'user'], 'New', { imported_roles: ['pilot'] }])
  })

  it('a row that is refused ends nothing and leaves no event', async () => {
    const user = await service.createUser()
    const other = await service.createUser()
    const seq = await newestEvent()
    const { id, username, email } = user
    const refused = await upsert({ id, username: other.username, email, status: 'disabled' })
    assert.deepEqual(
      [refused.result, refused.errors?.map(({ code }) => code)],
      ['failed', ['username_taken']],
    )
    assert.deepEqual(await eventsSince(seq, id), [])
    assert.equal((await read(id)).username, username)
    assert.equal(await isSignedIn(user), true)
  })
})
