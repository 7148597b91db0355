import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import {
  assertProblem,
  type Case,
  cheaply,
  describeCases,
  type RawCase,
  sendRaw,
  unchangedBy,
} from './table.ts'

const newUser = JSON.stringify({ username: 'mallory', email: 'mallory@example.com' })
const post = (headers: string, body = newUser) =>
  `POST /users HTTP/1.1\r\nHost: roster.test\r\n${headers}\r\n${body}`
const sized = `Content-Length: ${newUser.length}\r\n`
const json = 'Content-Type: application/json\r\n'
const bad = { status: 400, code: 'bad_request' } as const
const unsupported = { status: 415, code: 'unsupported_media_type' } as const

const wrongMethods: Case[] = [
  'PUT /users',
  'PATCH /users',
  'DELETE /users',
  'POST /users/{user}',
  'GET /auth/login',
  'PUT /auth/login',
  'DELETE /roles',
  'PATCH /audit-events',
  'POST /openapi.json',
  'PUT /users/{user}/sessions',
].map((to) => ({
  name: to,
  to,
  as: 'admin' as const,
  body: to.startsWith('GET') ? undefined : {},
  status: 405,
  code: 'method_not_allowed',
}))

const mediaTypes: Case[] = [
  'text/plain',
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'text/json',
  'application/json; charset=utf-16',
].flatMap((type) =>
  ['POST /users', 'POST /auth/login', 'PATCH /users/{user}', 'PUT /users/{user}', 'POST /roles'].map(
    (to) => ({
      name: `${type} to ${to}`,
      to,
      as: 'admin' as const,
      body: newUser,
      headers: { 'content-type': type },
      ...unsupported,
    }),
  ),
)

const raw: RawCase[] = [
  { name: 'no Host', raw: 'GET / HTTP/1.1\r\n\r\n', ...bad },
  { name: 'two Host headers', raw: 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', ...bad },
  {
    name: 'Content-Length together with chunked',
    raw: post(`${json}${sized}Transfer-Encoding: chunked\r\n`, `0\r\n\r\n`),
    ...bad,
  },
  {
    name: 'chunked in HTTP/1.0',
    raw: post(`${json}Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n`, '0\r\n\r\n').replace(
      'HTTP/1.1',
      'HTTP/1.0',
    ),
    ...bad,
  },
  { name: 'two Content-Lengths', raw: post(`${json}${sized}Content-Length: 1\r\n`), ...bad },
  {
    name: 'a Content-Length with a sign',
    raw: post(`${json}Content-Length: +5\r\n`),
    ...bad,
  },
  { name: 'a body without a Content-Type', raw: post(sized), ...unsupported },
  { name: 'an empty Content-Type', raw: post(`Content-Type: \r\n${sized}`), ...unsupported },
  {
    name: 'a compressed body',
    raw: post(`${json}Content-Encoding: gzip\r\n${sized}`),
    ...unsupported,
  },
  {
    name: 'headers of 20 KB',
    raw: `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    status: 431,
    code: 'headers_too_large',
  },
  {
    name: 'headers of 100 KB',
    raw: `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: 100 }, (_, at) => `X-${at}: ${'x'.repeat(1000)}\r\n`).join('')}\r\n`,
    status: 431,
    code: 'headers_too_large',
  },
  {
    name: 'a path of 9 KB',
    raw: `GET /users/${'x'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    status: 414,
    code: 'uri_too_long',
  },
  {
    name: 'a query of 9 KB',
    raw: `GET /users?q=${'x'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    status: 414,
    code: 'uri_too_long',
  },
  {
    name: 'Expect: 200-ok',
    raw: post(`${json}Expect: 200-ok\r\n${sized}`),
    status: 417,
    code: 'expectation_failed',
  },
]

const accepts: Case[] = ['application/xml', 'text/plain', 'image/*', 'application/json;q=0'].flatMap(
  (accept) =>
    ['GET /users', 'GET /users/{user}', 'GET /roles'].map((to) => ({
      name: `Accept: ${accept} on ${to}`,
      to,
      as: 'admin' as const,
      headers: { accept },
      status: 406,
      code: 'not_acceptable',
    })),
)

const accepted: Case[] = [
  '*/*',
  'application/*',
  'text/html, application/json;q=0.1',
  'application/xml, */*;q=0.1',
].map((accept) => ({
  name: `Accept: ${accept}`,
  to: 'GET /users/me',
  as: 'user' as const,
  headers: { accept },
  status: 200,
}))

describeCases(
  'HTTP message',
  [...wrongMethods, ...mediaTypes, ...raw, ...accepts, ...accepted],
  (setting) => {
    describe('beyond the table', () => {
      it('Allow names the methods of the collection', async () => {
        const { headers } = await setting.service.call('PUT', '/users', { as: setting.admin.token, body: {} })
        assert.equal(headers.get('allow'), 'GET, POST, HEAD, OPTIONS')
      })

      it('the connection is closed, so that nothing is smuggled', async () => {
        const smuggled = 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n'
        const answer = await sendRaw(
          setting.service.url,
          post(`${json}${sized}Transfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled}`),
        )
        assert.ok(answer.closed)
        assert.equal(answer.text.match(/HTTP\/1\.1/g), null)
      })

      it('413 for a body of one byte over 64 KiB, before it is sent', async () => {
        const answer = await unchangedBy(setting, 413, () =>
          cheaply(500, () =>
            sendRaw(setting.service.url, post(`${json}Content-Length: ${64 * 1024 + 1}\r\n`, '{')),
          ),
        )
        assert.deepEqual([answer.status, answer.body.code], [413, 'body_too_large'])
        assertProblem(answer)
      })

      it('413 for a chunked body that grows over 64 KiB, and the connection ends', async () => {
        const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`
        const answer = await unchangedBy(setting, 413, () =>
          sendRaw(setting.service.url, post(`${json}Transfer-Encoding: chunked\r\n`, chunk.repeat(3))),
        )
        assert.deepEqual([answer.status, answer.body.code, answer.closed], [413, 'body_too_large', true])
        assertProblem(answer)
      })

      it('a thousand requests in one go are all answered', async () => {
        assert.equal(await countAnswers(setting.service.url, 1_000), 1_000)
      })
    })
  },
)

function countAnswers(url: string, count: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = ''
    const answered = () => received.match(/HTTP\/1\.1 200/g)?.length ?? 0
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(count)),
    )
    const settle = () => {
      socket.destroy()
      resolve(answered())
    }
    socket.setTimeout(60_000, settle)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (received.length > count * 20 && answered() >= count) settle()
    })
    socket.on('end', settle)
    socket.on('error', reject)
  })
}
