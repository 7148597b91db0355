/** What the client does when the network or the service fails, against a server that answers by a script. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { after, beforeEach, describe, it } from 'node:test'
import { createClient, RosterError } from '../src/index.ts'

type Reaction = number | 'close' | 'hang' | { status: number; code: string; retryAfter?: number }

let script: Reaction[] = []
let seen: { method: string; key: string | undefined }[] = []
const hanging = new Set<() => void>()

const server: Server = createServer((request: IncomingMessage, response) => {
  const reaction = script.shift() ?? 200
  request.resume()
  seen.push({ method: request.method!, key: request.headers['idempotency-key'] as string | undefined })
  for (const tell of hanging) tell()
  if (reaction === 'close') return void request.socket.destroy()
  if (reaction === 'hang') return
  const { status, code, retryAfter } =
    typeof reaction === 'object' ? reaction : { status: reaction, code: '' }
  response.statusCode = status
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
  if (status === 204) return void response.end()
  response.setHeader('content-type', 'application/json')
  const problem = { type: 'about:blank', title: code, status, detail: code, instance: '1', code }
  response.end(code === '' ? '{}' : JSON.stringify(problem))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as { port: number }
const baseUrl = `http://127.0.0.1:${port}/`
const client = createClient({ baseUrl, getToken: () => 'token' })
after(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  script = []
  seen = []
})

const id = '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'
const busy = { status: 503, code: 'overloaded', retryAfter: 0 }
const fails = (work: Promise<unknown>, code: string) =>
  assert.rejects(work, (error) => error instanceof RosterError && error.code === code)

describe('calls that may be repeated', () => {
  it('are sent again after a closed connection and after 503', async () => {
    script = ['close', busy]
    await client.users.get(id)
    assert.equal(seen.length, 3)
  })

  it('a creation is sent again under one key', async () => {
    script = ['close']
    await client.users.create({ username: 'a', email: 'a@example.com' })
    assert.equal(seen.length, 2)
    assert.ok(seen[0]!.key)
    assert.equal(seen[0]!.key, seen[1]!.key)
  })

  it('a deletion whose answer was lost is done', async () => {
    script = ['close', { status: 404, code: 'not_found' }]
    await client.users.delete(id)
    assert.equal(seen.length, 2)
    script = [{ status: 404, code: 'not_found' }]
    await fails(client.users.delete(id), 'not_found')
  })

  it('at most twice, and not when the wait is long', async () => {
    script = [busy, busy, busy]
    await fails(client.users.get(id), 'overloaded')
    assert.equal(seen.length, 3)
    script = [{ status: 429, code: 'too_many_requests', retryAfter: 60 }]
    await assert.rejects(client.users.get(id), { code: 'too_many_requests', retry_after: 60 })
    assert.equal(seen.length, 4)
  })
})

describe('calls that may not be repeated', () => {
  it('a patch, or a change of one version, is sent once', async () => {
    for (const change of [
      () => client.users.update(id, { first_name: 'A' }),
      () => client.users.replace(id, { username: 'a', email: 'a@example.com' }, { ifMatch: '"1"' }),
      () => client.users.delete(id, { ifMatch: '"1"' }),
    ]) {
      script = ['close']
      seen = []
      await fails(change(), 'network_error')
      assert.equal(seen.length, 1)
    }
  })

  it('a request that was refused before any work is sent again', async () => {
    script = [busy]
    await client.users.update(id, { first_name: 'A' })
    assert.equal(seen.length, 2)
  })

  it('a sign-in is sent once, unless the service was too busy to read it', async () => {
    const own = createClient({ baseUrl })
    const signIn = () => own.auth.signIn({ username: 'a', password: 'b' })
    script = ['close', { status: 429, code: 'too_many_requests', retryAfter: 0 }]
    await fails(signIn(), 'network_error')
    await fails(signIn(), 'too_many_requests')
    assert.equal(seen.length, 2)
    script = [busy]
    await signIn()
    assert.equal(seen.length, 4)
  })
})

describe('ends of a call', () => {
  it('a signal ends it, while it waits as well', async () => {
    script = ['hang']
    const asked = new Promise<void>((resolve) => hanging.add(resolve))
    const control = new AbortController()
    const call = client.users.get(id, { signal: control.signal })
    await asked
    control.abort(new Error('enough'))
    await assert.rejects(call, { message: 'enough' })
    script = [{ ...busy, retryAfter: 9 }]
    const second = new AbortController()
    const answered = new Promise<void>((resolve) => hanging.add(resolve))
    const waiting = client.users.get(id, { signal: second.signal })
    await answered
    second.abort(new Error('no longer'))
    await assert.rejects(waiting, { message: 'no longer' })
    await assert.rejects(client.users.get(id, { signal: second.signal }), { message: 'no longer' })
  })

  it('an answer that does not come is a timeout', async () => {
    script = ['hang']
    const hasty = createClient({ baseUrl, getToken: () => 'token', timeoutMs: 20, retries: 0 })
    await fails(hasty.users.get(id), 'timeout')
  })

  it('an answer of something else is no problem of Roster', async () => {
    script = [500]
    await assert.rejects(client.users.update(id, {}), { code: 'unexpected_response', status: 500 })
  })

  it('an import that breaks off has no summary', async () => {
    await fails(client.users.import('{}'), 'network_error')
  })
})

describe('cookies', () => {
  it('need no token, and sign in and out at the session', async () => {
    const asked: [string, RequestInit][] = []
    const own = createClient({
      credentials: 'same-origin',
      fetch: async (url, init) => {
        asked.push([String(url), init!])
        return new Response(init?.method === 'DELETE' ? null : '{}')
      },
    })
    await own.auth.signIn({ username: 'a', password: 'b', shared_computer: true })
    await own.auth.session()
    await own.auth.signOut()
    assert.deepEqual(
      asked.map(([url, { method, credentials }]) => [url, method, credentials]),
      ['POST', 'GET', 'DELETE'].map((method) => ['/auth/session', method, 'same-origin']),
    )
    for (const [, { headers }] of asked) assert.equal(new Headers(headers).has('authorization'), false)
  })
})
