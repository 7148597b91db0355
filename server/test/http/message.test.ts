import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { type Sample, startSample } from './sample.ts'

let server: Sample
const late = Promise.withResolvers<void>()
let isLateOver = false
before(async () => {
  server = await startSample({ timeouts: { headersMs: 600, bodyMs: 600, handlerMs: 400 } }, {}, (app) => {
    app.get('/slow', { config: { access: 'public' } }, async () => {
      await late.promise
      isLateOver = true
      return { late: true }
    })
  })
})
after(() => server.close())

const json = 'Content-Type: application/json\r\n'

/** Sends a message and checks the status and, for errors, that the body is a problem document with the same id. */
async function answerTo(message: string, quietMs?: number) {
  const answer = await server.raw(message, quietMs)
  const [head = '', body = ''] = answer.text.split('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  const id = /^x-request-id: (.*)$/im.exec(head)?.[1]
  const problem = status >= 400 && body !== '' ? JSON.parse(body) : undefined
  if (problem) {
    assert.match(head, /content-type: application\/problem\+json\r?$/im)
    assert.equal(problem.status, status)
    assert.equal(problem.instance, id)
    assert.equal(problem.type, `http://roster.test/problems/${problem.code}`)
    assert.doesNotMatch(body, /node_modules|\.ts|fastify|HPE_/i)
  }
  assert.ok(id, 'every answer has a request id')
  return { status, head, code: problem?.code as string | undefined, closed: answer.closed }
}

describe('the HTTP message', () => {
  it('405 with Allow for a method that the path does not have', async () => {
    const answer = await fetch(`${server.url}/users`, { method: 'PUT' })
    assert.equal(answer.status, 405)
    assert.equal(answer.headers.get('allow'), 'GET, POST, HEAD, OPTIONS')
    assert.equal(((await answer.json()) as { code: string }).code, 'method_not_allowed')
  })

  it('405 for TRACE and CONNECT', async () => {
    assert.equal((await answerTo('TRACE /users HTTP/1.1\r\nHost: a\r\n\r\n')).status, 405)
    assert.equal((await answerTo('TRACE /nowhere HTTP/1.1\r\nHost: a\r\n\r\n')).status, 405)
    const connecting = await answerTo('CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.equal(connecting.status, 405)
    assert.match(connecting.head, /^allow: GET, /im)
    assert.ok(connecting.closed)
  })

  it('404 for an unknown path, whatever the body', async () => {
    const answer = await fetch(`${server.url}/nowhere`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'x' },
    })
    assert.equal(answer.status, 404)
  })

  it('204 with Allow for OPTIONS on a path and on the server', async () => {
    const answer = await fetch(`${server.url}/users`, { method: 'OPTIONS' })
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('allow'), 'GET, POST, HEAD, OPTIONS')
    assert.equal((await answerTo('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n')).status, 204)
  })

  const refused: [name: string, message: string, status: number][] = [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Host headers', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['two equal Host headers', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', 400],
    ['a malformed Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    [
      'an absolute target of another host',
      'GET http://evil.example/ HTTP/1.1\r\nHost: roster.test\r\n\r\n',
      400,
    ],
    [
      'another host in target and Host',
      'GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n',
      400,
    ],
    ['a target with a fragment', 'GET /#x HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target that is no path', 'GET users HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    [
      'Content-Length beside Transfer-Encoding',
      `POST /users HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'two different lengths',
      `POST /users HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      400,
    ],
    [
      'a length that is no number',
      `POST /users HTTP/1.1\r\nHost: a\r\n${json}Content-Length: x\r\n\r\n{}`,
      400,
    ],
    [
      'a chunk that is none',
      `POST /users HTTP/1.1\r\nHost: a\r\n${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
    ['a header with a NUL', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n', 400],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a header block of 20 KB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a header block of 200 KB',
      `GET / HTTP/1.1\r\nHost: a\r\n${'X: aaaaaaaaaaaaaaaaaaaa\r\n'.repeat(9_000)}\r\n`,
      431,
    ],
    ['a path of 9 KB', `GET /${'a'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['a path of 60 KB', `GET /${'a'.repeat(60_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['a query string of 5 KB', `GET /?q=${'a'.repeat(5_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n', 417],
    ['%00 in the path', 'GET /users/a%00b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a broken percent sign', 'GET /users/%zz HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['invalid UTF-8 in the path', 'GET /users/%ff HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['dot segments', 'GET /users/../health/live HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['encoded dot segments', 'GET /users/%2e%2e/health/live HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['dot segments behind an encoded slash', 'GET /users/..%2fhealth HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['raw bytes beyond ASCII', 'GET /users/\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ]
  for (const [name, message, status] of refused) {
    it(`${status} for ${name}, and the connection is closed`, async () => {
      const answer = await answerTo(message, 800)
      assert.equal(answer.status, status)
      assert.ok(answer.closed, 'closed')
    })
  }

  it('serves HTTP/1.0 without Host, and absolute targets of its own', async () => {
    assert.equal((await answerTo('GET / HTTP/1.0\r\n\r\n')).status, 200)
    assert.equal(
      (await answerTo('GET http://roster.test/health/live HTTP/1.1\r\nHost: roster.test\r\n\r\n')).status,
      200,
    )
    const own = `127.0.0.1:${server.port}`
    assert.equal((await answerTo(`GET http://${own} HTTP/1.1\r\nHost: ${own}\r\n\r\n`)).status, 200)
  })

  it('answers a body that is too large without reading it', async () => {
    const head = `POST /users HTTP/1.1\r\nHost: a\r\n${json}Content-Length: ${64 * 1024 + 1}\r\n\r\n`
    const answer = await answerTo(head, 900)
    assert.equal(answer.status, 413)
    assert.equal(answer.code, 'body_too_large')
    assert.match(answer.head, /connection: close/i)
    assert.ok(answer.closed)
  })

  it('a client that continues to send still reads the 413', async () => {
    for (let round = 0; round < 5; round++) {
      const answer = await fetch(`${server.url}/users`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"username":"${'a'.repeat(2_000_000)}"}`,
      })
      assert.equal(answer.status, 413)
    }
    const chunked = await answerTo(
      `POST /users HTTP/1.1\r\nHost: a\r\n${json}Transfer-Encoding: chunked\r\n\r\n${'10000\r\n'}${'a'.repeat(65_536)}\r\n${'10\r\n'}${'a'.repeat(16)}\r\n`,
      900,
    )
    assert.equal(chunked.status, 413)
  })

  it('an anonymous caller with a huge body is refused by access first', async () => {
    const answer = await answerTo(
      `PATCH /users/me HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 99999999\r\n\r\n{`,
      900,
    )
    assert.equal(answer.status, 401)
    assert.ok(answer.closed)
  })

  const types: [type: string | null, status: number][] = [
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/merge-patch+json', 415],
    ['application/json; charset=utf-16', 415],
    ['application/json; charset=iso-8859-1', 415],
    ['application/jsonp', 415],
    ['nonsense', 415],
    [null, 415],
    ['application/json; charset=UTF-8', 201],
    ['Application/JSON;charset="utf-8"', 201],
  ]
  for (const [type, status] of types) {
    it(`${status} for a body of type ${type}`, async () => {
      const header = type === null ? '' : `Content-Type: ${type}\r\n`
      const body = '{"username":"a"}'
      const answer = await answerTo(
        `POST /users HTTP/1.1\r\nHost: a\r\n${header}Content-Length: ${body.length}\r\n\r\n${body}`,
        100,
      )
      assert.equal(answer.status, status)
    })
  }

  it('415 for a compressed body', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const answer = await fetch(`${server.url}/users`, { method: 'POST', headers, body: '{"username":"a"}' })
    assert.deepEqual([answer.status, answer.headers.get('accept-encoding')], [415, 'identity'])
  })

  const accepts: [accept: string, status: number][] = [
    ['application/xml', 406],
    ['text/html', 406],
    ['application/json;q=0', 406],
    ['application/xml, */*;q=0.1', 200],
    ['application/*', 200],
    ['application/problem+json', 200],
    ['application/json, application/problem+json', 200],
  ]
  for (const [accept, status] of accepts) {
    it(`${status} for Accept: ${accept}`, async () => {
      const answer = await fetch(`${server.url}/health/live`, { headers: { accept } })
      assert.equal(answer.status, status)
    })
  }

  it('answers 1,000 pipelined requests and then closes', async () => {
    const answer = await server.raw('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1_010))
    assert.equal(answer.text.split('HTTP/1.1 200 OK').length - 1, 1_000)
    assert.ok(answer.closed)
  })

  it('headers that arrive too slowly get 408', async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(server.port, '127.0.0.1')
      const timer = setInterval(() => socket.write('X'), 100)
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n')
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearInterval(timer)
        resolve(text)
      })
    })
    assert.match(answer, /^HTTP\/1\.1 408 /)
  })

  it('408 for a body that does not come', async () => {
    const answer = await answerTo(
      `POST /users HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 20\r\n\r\n{"user`,
      2_500,
    )
    assert.equal(answer.status, 408)
    assert.ok(answer.closed)
  })

  it('503 for a handler that takes too long, and its late answer is ignored', async () => {
    const answer = await fetch(`${server.url}/slow`)
    assert.equal(answer.status, 503)
    assert.ok(answer.headers.get('retry-after'))
    late.resolve()
    await until(() => isLateOver, 'the late answer')
    assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
  })

  it('holds 2,000 idle connections and still answers', async () => {
    const before = process.memoryUsage().rss
    const sockets = await Promise.all(
      Array.from(
        { length: 2_000 },
        () =>
          new Promise<ReturnType<typeof connect>>((done) => {
            const socket = connect(server.port, '127.0.0.1', () => done(socket))
            socket.on('error', () => {})
          }),
      ),
    )
    assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
    assert.ok(process.memoryUsage().rss - before < 100e6)
    for (const socket of sockets) socket.destroy()
  })
})
