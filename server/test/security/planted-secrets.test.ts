/** Twelve kinds of secrets go through the flows that know them, right and wrong; afterwards they are looked for. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, it } from 'node:test'
import { sql } from 'kysely'
import { TOTP } from 'otpauth'
import { onBothEngines, password, type Request, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { freePort } from '../postgres-server.ts'
import { sharedDatabase } from '../shared-database.ts'

onBothEngines('planted secrets at the log level debug', (engine) => {
  let smtp: Smtp
  let service: Service
  let admin: TestUser
  let file: string | undefined
  let metricsPort: number
  const secrets: [kind: string, secret: string][] = []
  /** Answers that carry no secret on purpose: errors, lists, exports. */
  const answers: string[] = []

  const plant = (kind: string, secret: string): string => {
    assert.ok(secret.length >= 12, `${kind}: ${secret}`)
    secrets.push([kind, secret])
    return secret
  }
  const call = async (method: string, path: string, request: Request = {}) => {
    const answer = await service.call(method, path, request)
    if (answer.status >= 400) answers.push(answer.text)
    return answer
  }
  const made = async (method: string, path: string, request: Request = {}) => {
    const answer = await service.call(method, path, request)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    return answer
  }

  before(async () => {
    smtp = await startSmtp()
    metricsPort = await freePort()
    const DATABASE_URL = await sharedDatabase(engine)
    if (DATABASE_URL.startsWith('sqlite:')) file = DATABASE_URL.slice('sqlite:'.length)
    const mailSecret = plant('SMTP password', 'quagga-and-thylacine')
    service = await engine.start({
      DATABASE_URL,
      ROSTER_LOG_LEVEL: 'debug',
      ROSTER_METRICS_PORT: String(metricsPort),
      ROSTER_MAIL_URL: smtp.url.replace('smtp://', `smtp://roster:${mailSecret}@`),
    })
    admin = await service.admin()
  })
  after(() => smtp.stop())

  it('go through every flow', async () => {
    const own = plant('password', 'an own dodo password')
    const names = { username: 'planted', email: 'planted@example.com' }
    await made('POST', '/users', {
      body: { ...names, password: own },
      headers: { 'idempotency-key': 'planted-user' },
    })
    const verification = await smtp.next(names.email, 0)
    await made('POST', '/auth/verify-email', { body: { token: verification.token, password: own } })
    await call('POST', '/auth/verify-email', { body: { token: verification.token, password: own } })

    const wrong = plant('wrong password', 'a wrong moa password')
    await call('POST', '/auth/login', { body: { username: names.username, password: wrong } })
    await call('GET', '/users/me', { as: { username: names.username, password: wrong } })
    await call('POST', '/auth/login', { body: { username: wrong, password: wrong } })
    // The answer names the unknown field to the client that sent it; the log must not.
    await service.call('POST', '/auth/login', { body: { username: wrong, password: wrong, [wrong]: wrong } })
    await call('POST', '/auth/login', { body: `{"username":"planted","password":"${wrong}"` })

    const { body: session } = await made('POST', '/auth/login', {
      body: { username: names.username, password: own },
    })
    const token = plant('access token', session.access_token)
    plant('refresh token', session.refresh_token)
    const { body: next } = await made('POST', '/auth/refresh', {
      body: { refresh_token: session.refresh_token },
    })
    plant('refresh token', next.refresh_token)
    await call('POST', '/auth/refresh', { body: { refresh_token: `${next.refresh_token}x` } })
    await call('GET', `/users?access_token=${token}`, { as: `${token}x` })
    await call('GET', `/users/${token}`, { as: token })

    const changed = plant('new password', 'a new auk password')
    const another = { current_password: own, password: changed }
    await call('PUT', '/users/me/password', { as: token, body: { ...another, current_password: wrong } })
    await made('PUT', '/users/me/password', { as: token, body: another })
    await made('POST', '/auth/forgot-password', { body: { email: names.email } })
    await smtp.next(names.email, 2)
    const links = smtp.to(names.email).flatMap(({ token: sent }) => (sent ? [sent] : []))
    assert.equal(links.length, 2)
    for (const link of links) plant('link', link)

    const browser = await made('POST', '/auth/session', {
      body: { username: names.username, password: changed },
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    const cookie = browser.headers.get('set-cookie')!.split(';')[0]!
    plant('cookie', cookie.slice(cookie.indexOf('=') + 1))
    await call('GET', '/users/me', { headers: { cookie: `${cookie}x` } })

    const begun = await made('POST', '/users/me/totp', {
      as: next.access_token,
      body: { current_password: changed },
    })
    plant('TOTP secret', begun.body.secret)
    await call('PUT', '/users/me/totp', { as: next.access_token, body: { code: '000000' } })
    const code = new TOTP({ secret: begun.body.secret }).generate()
    const codes = await made('PUT', '/users/me/totp', { as: next.access_token, body: { code } })
    plant('recovery code', codes.body.recovery_codes[0])
    await call('POST', '/auth/login', { body: { username: names.username, password: changed } })

    const { token: as } = admin
    const key = await made('POST', '/api-keys', {
      as,
      body: { name: 'planted', permissions: ['users:read'] },
      headers: { 'idempotency-key': 'planted-key' },
    })
    plant('API key', key.body.secret)
    await call('GET', '/users', { as: `${key.body.secret}x` })
    await call('DELETE', '/roles/admin', { as: key.body.secret })
    const application = await made('POST', '/applications', {
      as,
      body: { name: 'Planted', kind: 'machine' },
      headers: { 'idempotency-key': 'planted-application' },
    })
    const clientSecret = plant('application secret', application.body.client_secret)
    const basic = { username: application.body.client_id, password: `${clientSecret}x` }
    await fetch(`${service.url}/oauth2/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    }).then(async (answer) => answers.push(await answer.text()))
    const webhook = await made('POST', '/webhooks', {
      as,
      body: { url: 'https://example.com/hook', events: ['user.created'] },
    })
    plant('webhook secret', webhook.body.secret)
    const provider = plant('provider secret', 'a provider secret of rails')
    await made('POST', '/identity-providers', {
      as,
      body: { kind: 'google', client_id: 'abc', client_secret: provider },
    })
    await call('POST', '/identity-providers', { as, body: { kind: 'nothing', client_secret: provider } })
    assert.ok(new Set(secrets.map(([kind]) => kind)).size >= 12)
  })

  const found = (texts: Iterable<string>): string[] => {
    const all = [...texts].join('\n')
    assert.ok(all.length > 100)
    return secrets.flatMap(([kind, secret]) => {
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').slice(0, -4)]
      return forms.some((form) => all.includes(form)) ? [kind] : []
    })
  }

  it('are in no line of the log, no error and no metric', async () => {
    const lines = service.logs().map((line) => JSON.stringify(line))
    assert.ok(lines.length > 10)
    assert.deepEqual(found(lines), [])
    assert.deepEqual(found([...lines, secrets[0]![1]]), [secrets[0]![0]], 'the search finds what is there')
    assert.ok(answers.length > 10)
    assert.deepEqual(found(answers), [])
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    assert.deepEqual(found([metrics]), [])
  })

  it('are in no audit event, list, export or copy of the data of a user', async () => {
    const as = { username: 'admin', password }
    const paths = ['/audit-events?limit=100', '/users', '/users/export', '/applications', '/webhooks']
    const user = (await made('GET', '/users?username=planted', { as })).body[0]
    paths.push('/identity-providers', '/api-keys?user=all', '/events', `/users/${user.id}/data`)
    const texts: string[] = []
    for (const path of paths) texts.push((await made('GET', path, { as })).text)
    assert.deepEqual(found(texts), [])
  })

  it('are in no plain text of the database', async () => {
    const { read } = service.roster.database
    const tables = await read.introspection.getTables()
    const texts: string[] = []
    for (const { name } of tables) {
      if (name.includes('search')) continue
      const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(read)
      const plain = (value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
      texts.push(...rows.map((row) => Object.values(row).map(plain).join(' ')))
    }
    assert.ok(texts.some((text) => text.includes('planted@example.com')))
    assert.deepEqual(found(texts), [])
    if (file === undefined) return
    const files = [file, `${file}-wal`].filter((path) => existsSync(path))
    assert.deepEqual(found(files.map((path) => readFileSync(path, 'latin1'))), [])
  })
})
