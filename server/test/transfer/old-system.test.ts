import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

const key = Buffer.from('a key that both systems know, 32')
const secret = `whsec_${key.toString('base64')}`
const typed = 'plums in the cellar 9'

type Asked = { headers: IncomingMessage['headers']; body: string }

/** The system that people come from, as a real server. It knows one password. */
async function startOldSystem() {
  const asked: Asked[] = []
  const knows = (body: string, response: ServerResponse) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ valid: JSON.parse(body).password === typed }))
  }
  const system = { asked, answer: knows, knows, url: '', stop: () => void server.close() }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      asked.push({ headers: request.headers, body })
      system.answer(body, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  system.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/verify`
  return system
}

onBothEngines('passwords that the old system verifies', (engine) => {
  let old: Awaited<ReturnType<typeof startOldSystem>>
  let service: Service
  let admin: TestUser
  before(async () => {
    old = await startOldSystem()
    service = await engine.start(settings())
    admin = await service.admin()
  })
  after(() => old.stop())
  const settings = () => ({
    ROSTER_VERIFY_PASSWORD_URL: old.url,
    ROSTER_VERIFY_PASSWORD_SECRET: secret,
    ROSTER_VERIFY_PASSWORD_TIMEOUT_MS: '500',
    ROSTER_OUTGOING_NETWORKS: '127.0.0.1',
  })
  beforeEach(() => {
    old.asked.length = 0
    old.answer = old.knows
  })

  const importRows = async (rows: string, query = '?passwords_at_old_system=true', into = service) => {
    const { status, text } = await into.call('POST', `/users/import${query}`, {
      as: (await into.admin()).token,
      headers: { 'content-type': 'text/csv' },
      body: rows,
    })
    assert.equal(status, 200, text)
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const signIn = async (username: string, password = typed) =>
    service.call('POST', '/auth/login', { body: { username, password } })
  const statusOf = async (username: string, password?: string) => (await signIn(username, password)).status
  const exported = async () => {
    const { text } = await service.call('GET', '/users/export?include=password_hash', { as: admin.token })
    return new Map(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ username, password_hash }) => [username, password_hash]),
    )
  }

  it('are verified there once, by a signed request, and then here', async () => {
    const [row] = await importRows('id,username,email\n17,mia,mia@example.com\n')
    assert.deepEqual(row.notes, ['the old system verifies the password at the first sign-in'])
    assert.equal((await exported()).get('mia'), null)
    assert.equal(await statusOf('mia'), 200)
    assert.equal(await statusOf('mia'), 200)
    assert.equal(old.asked.length, 1)
    const { headers, body } = old.asked[0]!
    const { user_id, ...told } = JSON.parse(body)
    assert.deepEqual(told, {
      ...{ external_id: '17', username: 'mia', previous_username: null },
      ...{ email: 'mia@example.com', password: typed },
    })
    assert.equal(user_id, row.id)
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', key).update(signed).digest('base64')
    assert.equal(headers['webhook-signature'], `v1,${signature}`)
    assert.match((await exported()).get('mia'), /^\$argon2id\$/)
    assert.equal(await statusOf('mia', 'plums in the cellar 8'), 401)
    assert.equal(old.asked.length, 1)
    assert.ok(!JSON.stringify(service.logs()).includes(typed))
  })

  it('are wrong when it says so, and asked for again', async () => {
    await importRows('username,email\nned,ned@example.com\n')
    assert.equal(await statusOf('ned', 'a wrong one of ned'), 401)
    assert.equal(await statusOf('ned'), 200)
    assert.equal(old.asked.length, 2)
  })

  it('are asked for no other users', async () => {
    await importRows('username,email\nola,ola@example.com\n', '')
    await importRows('username,email,password\npia,pia@example.com,quinces on the shelf 3\n')
    for (const name of ['nobody', 'ola', 'pia', 'nobody@example.com']) assert.equal(await statusOf(name), 401)
    assert.equal(await statusOf('pia', 'quinces on the shelf 3'), 200)
    assert.equal(old.asked.length, 0)
    // Who is here already is not marked.
    await importRows('username,email\nola,ola@example.com\n', '?mode=upsert&passwords_at_old_system=true')
    assert.equal(await statusOf('ola'), 401)
    assert.equal(old.asked.length, 0)
  })

  it('are neither right nor wrong without a clear answer', async () => {
    await importRows('username,email\nrae,rae@example.com\n')
    const json = (text: string) => (_: string, response: ServerResponse) => response.end(text)
    const answers: (typeof old.answer)[] = [
      (_, response) => response.writeHead(302, { location: `${old.url}/elsewhere` }).end(),
      (_, response) => response.writeHead(500).end('{"valid":true}'),
      (_, response) => response.writeHead(201).end('{"valid":true}'),
      (_, response) => void response.socket?.destroy(),
      json('{"valid":"true"}'),
      json('true'),
      json('{"valid":true'),
      json(`{"valid":true,"filler":"${'x'.repeat(5000)}"}`),
      // It never answers.
      () => undefined,
    ]
    for (const answer of answers) {
      old.answer = answer
      const { status, body } = await signIn('rae')
      assert.deepEqual([status, body.code], [503, 'overloaded'])
    }
    assert.equal(old.asked.length, answers.length)
    assert.equal((await exported()).get('rae'), null)
  })

  it('are not asked for after too many tries', async () => {
    const limited = await engine.start({ ...settings(), ROSTER_RATE_LIMITS: 'on' })
    await importRows('username,email\nsid,sid@example.com\n', undefined, limited)
    const guess = (turn: number) =>
      limited.call('POST', '/auth/login', { body: { username: 'sid', password: `guess ${turn}` } })
    let tries = 0
    while (tries < 40 && (await guess(tries)).status !== 429) tries += 1
    assert.ok(tries > 0 && tries < 40)
    assert.equal(old.asked.length, tries)
    await guess(tries)
    assert.equal(old.asked.length, tries)
  })

  it('are not asked for once the owner has set another', async () => {
    await importRows('username,email\ntia,tia@example.com\n')
    const hash = '$2b$04$yNlujh7EOn8opdJCJyEvP.t9.DGItbzj6K00PadMmXojpOCSEU7zG'
    await importRows(`username,email,password_hash\ntia,tia@example.com,${hash}\n`, '?mode=upsert')
    assert.equal(await statusOf('tia'), 200)
    assert.equal(old.asked.length, 0)
  })

  it('need an old system', async () => {
    const plain = await engine.start()
    const { token } = await plain.admin()
    const { status, body } = await plain.call('POST', '/users/import?passwords_at_old_system=true', {
      as: token,
      headers: { 'content-type': 'text/csv' },
      body: 'email\na@example.com\n',
    })
    assert.deepEqual([status, body.code], [400, 'invalid_input'])
  })
})
