import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, describe, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { systemCaller } from '../../src/caller.ts'
import { nowMs } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { createEngine, onBothEngines, password, type Service } from '../harness.ts'

const bcrypt = '$2b$10$0Dn8Togp.Jwv1rH.2Lu9S.q7X9J3Pp5xZmX.y.MAVtBDOuT26HHcm'

async function importText(service: Service, text: string, formatName: string): Promise<void> {
  const { transfer } = service.roster
  async function* body() {
    yield Buffer.from(text)
  }
  const request = { mode: 'create', dryRun: false, batchRows: 500 } as const
  for await (const rows of transfer.import(systemCaller, body(), transfer.formatNamed(formatName)!, request))
    for (const row of rows) assert.equal(row.result, 'created', JSON.stringify(row))
}

async function exported(service: Service, format: 'ndjson' | 'csv'): Promise<string> {
  let text = ''
  for await (const part of service.roster.transfer.export(systemCaller, {}, { format, passwordHashes: true }))
    text += part
  return text
}

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const code = () => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: nowMs() })

/** A user with an authenticator app, as Keycloak writes one. */
async function addApp(service: Service): Promise<void> {
  const otp = {
    type: 'otp',
    secretData: JSON.stringify({ value: secret }),
    credentialData: JSON.stringify({
      digits: 6,
      period: 30,
      algorithm: 'HmacSHA1',
      secretEncoding: 'BASE32',
    }),
  }
  const credentials = [{ type: 'password', value: password }, otp]
  const realm = {
    realm: 'r',
    users: [{ username: 'with-app', email: 'with-app@example.com', enabled: true, credentials }],
  }
  await importText(service, JSON.stringify(realm), 'keycloak')
}

describe('moving to the other engine', () => {
  const engines = { sqlite: createEngine('sqlite'), postgres: createEngine('postgres') }
  after(async () => {
    for (const { cleanUp } of Object.values(engines)) await cleanUp()
  })

  /** Users of every kind: names that are hard to write down, each kind of hash, disabled, signed in before, roles. */
  const fill = async (service: Service) => {
    await service.roster.users.create(systemCaller, {
      username: 'Ünï',
      email: 'ünï@exämple.com',
      first_name: '=SUM(A1)',
      last_name: "'quoted\u{1f600}",
      profile: { theme: 'dark', list: [1, "'="] },
      metadata: { deep: [1, { a: null }], text: 'ü\n"\r\n,;\u0007', 0: 1e21, '': [] },
      password,
    } as never)
    await service.admin()
    await service.roster.users.create(systemCaller, {
      username: '007',
      email: 'a+b@example.com',
      roles: [],
    } as never)
    const rows = Array.from({ length: 1200 }, (_, at) => ({
      email: `u${at}@example.com`,
      email_verified: at % 2 === 0,
      first_name: ['-1', '@x', '\t tab'.trim(), "''", null][at % 5],
      status: at % 7 === 0 ? 'disabled' : 'active',
      external_id: at % 3 === 0 ? `+${at}` : null,
      created_at: `20${10 + (at % 10)}-01-02T03:04:05.678Z`,
      last_login_at: at % 4 === 0 ? '2020-01-02T03:04:05.000Z' : null,
      ...(at % 2 === 0 ? { password_hash: bcrypt } : {}),
    }))
    await addApp(service)
    await importText(service, rows.map((row) => JSON.stringify(row)).join('\n'), 'roster')
  }

  for (const [from, to] of [
    ['sqlite', 'postgres'],
    ['postgres', 'sqlite'],
  ] as const) {
    it(`from ${from} to ${to} and out again: the same bytes, as NDJSON and as CSV`, async () => {
      const source = await engines[from].engine.start()
      await fill(source)
      for (const format of ['ndjson', 'csv'] as const) {
        const text = await exported(source, format)
        assert.ok(text.split('\n').length > 1200)
        const target = await engines[to].engine.start()
        await importText(target, text, 'roster')
        assert.equal(await exported(target, format), text)
        assert.equal(await exported(target, 'ndjson'), await exported(source, 'ndjson'))
        const body = { username: 'Ünï', password }
        assert.equal((await target.call('POST', '/auth/login', { body })).status, 200)
        const withApp = { username: 'with-app', password }
        const first = await target.call('POST', '/auth/login', { body: withApp })
        assert.deepEqual([first.body.code, first.body.methods], ['second_factor_required', ['totp']])
        const second = { challenge: first.body.challenge, totp: code() }
        const opened = await target.call('POST', '/auth/login/continue', { body: second })
        assert.equal(opened.status, 200, opened.text)
      }
    })
  }
})

onBothEngines('an authenticator app that an import brings to an existing user', (engine) => {
  it('is asked for at the next sign-in, and takes the place of no other one', async () => {
    const service = await engine.start()
    const admin = await service.admin()
    const helper = await service.createUser({ username: 'helper' })
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'importer', permissions: ['users:read', 'users:write'] },
    })
    await service.call('PATCH', `/users/${helper.id}`, { as: admin.token, body: { roles: ['importer'] } })
    const user = await service.createUser({ username: 'plain', email_verified: true })
    const upsert = async (app: string, as = admin.token, id = user.id, query = '') => {
      const csv = `id,username,email,totp_secret\n${id},plain,${user.email},${app}\n`
      const { text } = await service.call('POST', `/users/import?mode=upsert${query}`, {
        as,
        body: csv,
        headers: { 'content-type': 'text/csv' },
      })
      return JSON.parse(text.split('\n')[0]!)
    }
    const factors = async () =>
      (await service.call('GET', `/users/${user.id}/factors`, { as: admin.token })).body.totp
    const refused = await upsert(secret, helper.token)
    assert.deepEqual([refused.result, refused.errors[0].code], ['failed', 'permission_not_held'])
    const dry = await upsert(secret, admin.token, user.id, '&dry_run=true')
    assert.deepEqual([dry.result, await factors()], ['updated', null])
    assert.equal((await upsert('c2hvcnQ')).result, 'skipped')
    assert.equal(await factors(), null)

    assert.equal((await upsert(secret)).result, 'updated')
    const { body: first } = await service.call('POST', '/auth/login', {
      body: { username: 'plain', password },
    })
    assert.deepEqual([first.code, first.methods], ['second_factor_required', ['totp']])
    const second = { challenge: first.challenge, totp: code() }
    assert.equal((await service.call('POST', '/auth/login/continue', { body: second })).status, 200)
    const events = await service.call('GET', '/audit-events?type=factor.added', { as: admin.token })
    assert.deepEqual(
      [events.body[0].reason, events.body[0].target.id, events.body[0].changes],
      ['import', user.id, { factor: 'totp' }],
    )
    const other = await upsert('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
    assert.deepEqual([other.result, other.reason], ['skipped', 'unchanged'])
  })
})

onBothEngines('an export whose client closes the connection', (engine) => {
  it('stops reading the database within a second, tells how far it came, and nothing is left over', async () => {
    const service = await engine.start()
    const admin = await service.admin()
    const long = 'x'.repeat(8000)
    const rows = Array.from({ length: 4000 }, (_, at) => ({
      email: `u${at}@example.com`,
      metadata: { long },
    }))
    await importText(service, rows.map((row) => JSON.stringify(row)).join('\n'), 'roster')
    // An import in this process without pauses makes it look overloaded; this waits until it no longer does.
    assert.equal((await service.call('GET', '/users/me', { as: admin.token })).status, 200)

    for (let round = 0; round < 3; round += 1) {
      await leaveEarly(`${service.url}/users/export`, admin.token)
      const events: { changes: { count: number } }[] = await until(
        async () => {
          const path = '/audit-events?type=users.exported'
          const answer = await service.call('GET', path, { as: admin.token })
          assert.equal(answer.status, 200, answer.text)
          return answer.body.length > round && answer.body
        },
        `event ${round + 1}`,
      )
      assert.equal(events.length, round + 1)
      assert.ok(events[0]!.changes.count < 4000, `${events[0]!.changes.count} were read`)
    }
    const errors = service.logs().filter(({ level }) => !['debug', 'info', 'trace'].includes(String(level)))
    assert.deepEqual(errors, [])
    const whole = await service.call('GET', '/users/export', { as: admin.token })
    assert.deepEqual([whole.status, whole.text.trim().split('\n').length], [200, 4001])
  })
})

/** Reads the first bytes of the answer and hangs up. */
function leaveEarly(url: string, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { authorization: `Bearer ${token}` }, agent: false }, (response) => {
      response.once('data', () => {
        response.destroy()
        resolve()
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

onBothEngines('an import whose client closes the connection', (engine) => {
  it('keeps the written rows, records them in the audit, and leaves no other rows', async () => {
    const service = await engine.start()
    const admin = await service.admin()
    await new Promise<void>((resolve, reject) => {
      const sent = request(`${service.url}/users/import`, {
        method: 'POST',
        agent: false,
        headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/x-ndjson' },
      })
      sent.on('error', () => {})
      sent.on('response', (response) => {
        response.on('error', () => {})
        response.once('data', () => {
          sent.destroy()
          resolve()
        })
      })
      sent.on('close', () => reject(new Error('it ended before the first result')))
      // Two batches and a half; the rest never comes.
      for (let at = 0; at < 250; at += 1) sent.write(`{"email":"half${at}@example.com"}\n`)
    })
    const count = async () => {
      const path = '/users?q=half&count=exact&limit=1'
      return Number((await service.call('GET', path, { as: admin.token })).headers.get('x-total-count'))
    }
    const events: { changes: { created: number } }[] = await until(async () => {
      const path = '/audit-events?type=users.imported'
      const { body } = await service.call('GET', path, { as: admin.token })
      return body.length > 0 && body
    }, 'the event of the import')
    assert.equal(events.length, 1)
    assert.ok([100, 200, 250].includes(events[0]!.changes.created), `${events[0]!.changes.created}`)
    assert.equal(await count(), events[0]!.changes.created)
    const errors = service.logs().filter(({ level }) => !['debug', 'info', 'trace'].includes(String(level)))
    assert.deepEqual(errors, [])
  })
})
