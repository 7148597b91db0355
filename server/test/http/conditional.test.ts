import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { checkIfMatch, ifMatch } from '../../src/if-match.ts'
import { type Sample, startSample } from './sample.ts'

let server: Sample
let strict: Sample
before(async () => {
  server = await startSample()
  strict = await startSample({ requireIfMatch: true })
})
after(() => Promise.all([server.close(), strict.close()]))

async function send(to: Sample, method: string, headers: Record<string, string> = {}, token = 'alice') {
  const body = method === 'PATCH' ? '{"email":"a@b"}' : null
  const answer = await fetch(`${to.url}/users/me`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    body,
  })
  const text = await answer.text()
  return { status: answer.status, etag: answer.headers.get('etag'), text, answer }
}

describe('conditional requests', () => {
  it('every single resource has a strong ETag', async () => {
    assert.equal((await send(server, 'GET')).etag, '"7"')
  })

  for (const known of ['"7"', '*', '"1", "7"', 'W/"7"', 'W/"1",W/"7"', ' "7" ']) {
    it(`304 without a body for If-None-Match: ${known}`, async () => {
      const { status, text, etag, answer } = await send(server, 'GET', { 'if-none-match': known })
      assert.deepEqual([status, text, etag], [304, '', '"7"'])
      assert.equal(answer.headers.get('content-type'), null)
      assert.ok(answer.headers.get('x-request-id'))
      assert.equal((await send(server, 'HEAD', { 'if-none-match': known })).status, 304)
    })
  }

  it('200 for another ETag, and for a value that is no ETag', async () => {
    for (const known of ['"8"', '"77"', '7', 'nonsense']) {
      assert.equal((await send(server, 'GET', { 'if-none-match': known })).status, 200)
    }
  })

  it('access is checked before', async () => {
    assert.equal((await send(server, 'GET', { 'if-none-match': '*' }, 'nobody')).status, 401)
  })

  it('412 with the current ETag for a stale If-Match', async () => {
    for (const based of ['"6"', '"1", "2"', 'W/"7"', '"other"']) {
      const { status, etag, text } = await send(server, 'PATCH', { 'if-match': based })
      assert.deepEqual([status, etag], [412, '"7"'])
      assert.equal(JSON.parse(text).code, 'precondition_failed')
    }
  })

  it('a current If-Match passes', async () => {
    for (const based of ['"7"', '*', '"1", "7"']) {
      const { status, etag } = await send(server, 'PATCH', { 'if-match': based })
      assert.deepEqual([status, etag], [200, '"8"'])
    }
  })

  it('400 for a malformed If-Match', async () => {
    for (const based of ['7', '"7', '"7" "8"', 'w/"7"', ',']) {
      assert.equal((await send(server, 'PATCH', { 'if-match': based })).status, 400)
    }
  })

  it('428 without If-Match only where the server requires it', async () => {
    assert.equal((await send(server, 'PATCH')).status, 200)
    assert.equal((await send(server, 'DELETE')).status, 204)
    for (const method of ['PATCH', 'DELETE']) {
      const { status, text } = await send(strict, method)
      assert.equal(status, 428)
      assert.equal(JSON.parse(text).code, 'precondition_required')
    }
    assert.equal((await send(strict, 'PATCH', { 'if-match': '"7"' })).status, 200)
    assert.equal((await send(strict, 'GET')).status, 200)
  })

  it('the header as a value', () => {
    const read = (value?: string) => ifMatch({ headers: value === undefined ? {} : { 'if-match': value } })
    assert.equal(read(), null)
    assert.equal(read('*'), '*')
    assert.deepEqual(read('"12"'), [12])
    assert.deepEqual(read('"x", W/"3", "4"'), [4])
    assert.throws(() => checkIfMatch([], 1), { code: 'precondition_failed' })
    assert.doesNotThrow(() => checkIfMatch(null, 1))
  })
})
