import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { beginDrain, closeServer } from '../../src/http/connection/drain.ts'
import { problems } from '../../src/problems/problems.ts'
import { until } from '../harness/wait.ts'
import { type Sample, startSample } from './sample.ts'

let server: Sample
before(async () => {
  server = await startSample({ corsOrigins: ['https://app.example'], corsHeaders: ['X-App'] })
})
after(() => server.close())

describe('every answer', () => {
  it('has the security headers and no trace of the software', async () => {
    for (const path of ['/health/live', '/nowhere', '/users']) {
      const { headers } = await fetch(server.url + path)
      assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'")
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
      assert.equal(headers.get('x-frame-options'), 'DENY')
      assert.equal(headers.get('vary'), 'Origin')
      assert.equal(headers.get('server'), null)
      assert.equal(headers.get('x-powered-by'), null)
      assert.equal(headers.get('strict-transport-security'), null)
    }
  })

  it('has each header once, also one that it replaces', async () => {
    const ask = (path: string, more = '') =>
      server.raw(`GET ${path} HTTP/1.1\r\nhost: roster.test\r\n${more}connection: close\r\n\r\n`)
    const replaced: [string, string, string][] = [
      [
        (await ask('/nowhere', 'origin: https://app.example\r\n')).text,
        'cross-origin-resource-policy',
        'cross-origin',
      ],
      [
        (await ask('/problems/not_found', 'accept: text/html\r\n')).text,
        'cache-control',
        'public, max-age=3600',
      ],
      [(await ask('/%zz')).text, 'cache-control', 'no-store'],
    ]
    for (const [text, name, value] of replaced) {
      const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n').slice(1)
      const names = lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
      assert.deepEqual(names, [...new Set(names)], text)
      assert.ok(lines.includes(`${name}: ${value}`), text)
      assert.ok(names.includes('permissions-policy'), text)
    }
  })

  it('requires https only if the public URL is https', async () => {
    const secure = await startSample({ publicUrl: 'https://roster.test' })
    const { headers } = await fetch(secure.url)
    assert.equal(headers.get('strict-transport-security'), 'max-age=63072000; includeSubDomains')
    await secure.close()
  })

  it('has a request id: the one that came when it is well-formed, else a new one', async () => {
    const idFor = async (id: string) =>
      (await fetch(server.url, { headers: { 'x-request-id': id } })).headers.get('x-request-id')
    assert.equal(await idFor('abc-1_2.3'), 'abc-1_2.3')
    for (const id of ['a b', 'a"b', 'é', 'a'.repeat(129), '']) {
      assert.match((await idFor(id))!, /^[0-9a-f-]{36}$/)
    }
  })

  it('is one line in the log, with the pattern of the route and no values', async () => {
    const id = 'log-once'
    await fetch(`${server.url}/users/me?access_token=canary`, {
      headers: { authorization: 'Bearer alice', 'x-request-id': id, 'user-agent': 'canary' },
    })
    const linesOf = () => server.log().filter((line) => line['request_id'] === id)
    await until(() => linesOf().length > 0, 'the line')
    const lines = linesOf()
    assert.equal(lines.length, 1)
    const { time, duration_ms, ...rest } = lines[0]!
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/)
    assert.equal(typeof duration_ms, 'number')
    assert.deepEqual(rest, {
      level: 'info',
      request_id: id,
      method: 'GET',
      route: '/users/:id',
      status: 400,
      address: '127.0.0.1',
      user_id: '018f0000-0000-7000-8000-00000000000a',
    })
  })
})

describe('an internal error', () => {
  it('is answered with a 500 without details, and logged with the stack', async () => {
    const answer = await fetch(`${server.url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'failing' },
      body: '{"username":"broken"}',
    })
    const text = await answer.text()
    assert.equal(answer.status, 500)
    assert.equal(JSON.parse(text).code, 'internal_error')
    assert.doesNotMatch(text, /secret|passwd|stack|sample/)
    const linesOf = () => server.log().filter((line) => line['request_id'] === 'failing')
    await until(() => linesOf().length > 0, 'the line')
    const lines = linesOf()
    assert.equal(lines.length, 1)
    assert.equal(lines[0]!['level'], 'error')
    assert.match((lines[0]!['err'] as { stack: string }).stack, /secret detail/)
  })
})

describe('CORS', () => {
  const preflight = (origin: string) =>
    fetch(`${server.url}/users`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })

  it('answers the preflight of a configured origin', async () => {
    const { status, headers } = await preflight('https://app.example')
    assert.equal(status, 204)
    assert.equal(headers.get('access-control-allow-origin'), 'https://app.example')
    assert.match(headers.get('access-control-allow-headers')!, /Authorization, .*If-Match/)
    assert.match(headers.get('access-control-allow-headers')!, /, Traceparent, .*, X-App$/)
    assert.equal(headers.get('access-control-allow-credentials'), null)
  })

  it('exposes the headers of the contract, on errors too', async () => {
    const { status, headers } = await fetch(`${server.url}/users`, {
      headers: { origin: 'https://app.example' },
    })
    assert.equal(status, 401)
    assert.equal(headers.get('access-control-allow-origin'), 'https://app.example')
    for (const name of [
      'ETag',
      'Link',
      'Location',
      'X-Total-Count',
      'X-Request-Id',
      'RateLimit',
      'Retry-After',
    ]) {
      assert.ok(headers.get('access-control-expose-headers')?.split(', ').includes(name), name)
    }
  })

  it('gives nothing to other origins', async () => {
    for (const origin of [
      'https://evil',
      'null',
      'https://app.example.evil',
      'http://app.example',
      'https://x.app.example',
    ]) {
      const { headers } = await preflight(origin)
      assert.ok(![...headers.keys()].some((name) => name.startsWith('access-control-')), origin)
      assert.equal(headers.get('vary'), 'Origin')
    }
  })
})

describe('the pages about problems', () => {
  it('explain every code, as a page and as JSON', async () => {
    for (const code of Object.keys(problems)) {
      const page = await fetch(`${server.url}/problems/${code}`, { headers: { accept: 'text/html' } })
      assert.equal(page.status, 200)
      assert.match(page.headers.get('content-type')!, /^text\/html/)
      assert.match(await page.text(), new RegExp(code))
      const data = await fetch(`${server.url}/problems/${code}`)
      assert.equal(((await data.json()) as { code: string }).code, code)
    }
    assert.equal((await fetch(`${server.url}/problems`)).status, 200)
    for (const code of ['nothing', 'toString', '__proto__']) {
      assert.equal((await fetch(`${server.url}/problems/${code}`)).status, 404)
    }
  })
})

describe('the health of the service', () => {
  it('/health/live is always 200, /health/ready only if the service works', async () => {
    let isReady = false
    const needs = { ready: () => (isReady ? Promise.resolve() : Promise.reject(new Error('no database'))) }
    const waiting = await startSample({}, needs)
    const status = async (path: string) => (await fetch(waiting.url + path)).status
    assert.deepEqual([await status('/health/live'), await status('/health/ready')], [200, 503])
    isReady = true
    assert.equal(await status('/health/ready'), 200)
    beginDrain(waiting.app)
    assert.deepEqual([await status('/health/live'), await status('/health/ready')], [200, 503])
    await waiting.close()
  })

  it('GET / describes the service', async () => {
    const index = (await (await fetch(server.url)).json()) as { name: string; version: string }
    assert.deepEqual([index.name, index.version], ['roster', '1.2.3'])
  })
})

describe('stopping', () => {
  it('finishes running requests, ends connections and refuses new ones', async () => {
    const mayEnd = Promise.withResolvers<void>()
    const stopping = await startSample({}, {}, (app) => {
      app.get('/slow', { config: { access: 'public' } }, async () => {
        await mayEnd.promise
        return { done: true }
      })
    })
    const slow = Array.from({ length: 20 }, () => fetch(`${stopping.url}/slow`))
    await until(() => stopping.app.deadlines.running.size === 20, 'all requests')
    beginDrain(stopping.app)
    const served = await fetch(`${stopping.url}/health/live`)
    assert.deepEqual([served.status, served.headers.get('connection')], [200, 'close'])
    const closing = closeServer(stopping.app)
    mayEnd.resolve()
    for (const answer of await Promise.all(slow)) assert.equal(answer.status, 200)
    await closing
    assert.equal(stopping.app.deadlines.running.size, 0)
    await assert.rejects(fetch(`${stopping.url}/health/live`))
  })

  it('waits at most for the given time', async () => {
    const stuck = await startSample({}, {}, (app) => {
      app.get('/never', { config: { access: 'public', streaming: true } }, () => new Promise(() => {}))
    })
    const waiting = fetch(`${stuck.url}/never`).catch(() => 'cut off')
    await until(() => stuck.app.deadlines.running.size === 1, 'the request')
    await closeServer(stuck.app, 200)
    assert.equal(await waiting, 'cut off')
  })

  it('a client that leaves is logged as 499', async () => {
    const left = await startSample({}, {}, (app) => {
      app.get('/never', { config: { access: 'public' } }, () => new Promise(() => {}))
    })
    const control = new AbortController()
    const waiting = fetch(`${left.url}/never`, { signal: control.signal }).catch(() => {})
    await until(() => left.app.deadlines.running.size === 1, 'the request')
    control.abort()
    await waiting
    await until(() => left.app.deadlines.running.size === 0, 'the end of the request')
    assert.deepEqual(
      left.log().map((line) => [line['route'], line['status']]),
      [['/never', 499]],
    )
    await left.close()
  })
})
