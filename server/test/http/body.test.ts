import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Fault } from '../../src/errors.ts'
import { sendNothing } from '../../src/http/answers.ts'
import { type Sample, startSample } from './sample.ts'

let server: Sample
before(async () => {
  server = await startSample({}, {}, (app) => {
    app.post('/bare', { config: { access: 'public' } }, async (_request, reply) => sendNothing(reply))
  })
})
after(() => server.close())

type Problem = { status: number; code: string; detail: string; errors?: Fault[] }

async function post(body: string | Uint8Array<ArrayBuffer>) {
  const answer = await fetch(`${server.url}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const text = await answer.text()
  return {
    status: answer.status,
    text,
    problem: JSON.parse(text) as Problem,
  }
}

const bytes = (...values: number[]) => Uint8Array.from(values)
const nested = (depth: number) => `${'{"x":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`

describe('a JSON body', () => {
  const malformed: [name: string, body: string | Uint8Array<ArrayBuffer>][] = [
    ['half an object', '{"email":'],
    ['nothing', ''],
    ['two values', '{} {}'],
    ['a comment', '{/**/}'],
    ['a trailing comma', '{"username":"a",}'],
    ['NaN', '{"username":NaN}'],
    ['a byte order mark', bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d)],
    ['UTF-16', bytes(0x7b, 0x00, 0x7d, 0x00)],
    ['invalid UTF-8', bytes(0x7b, 0x22, 0x61, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['an encoded surrogate', bytes(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d)],
    ['a raw NUL in a string', '{"username":"a\0b"}'],
    ['a duplicate name', '{"username":"a","username":"b"}'],
    ['a duplicate name in an escape', '{"username":"a","\\u0075sername":"b"}'],
    ['a duplicate name deep inside', '{"username":"a","metadata":{"list":[{"a":1,"b":{"c":1,"c":2}}]}}'],
    ['duplicate passwords in a login', '{"password":"a","password":"b"}'],
    ['18 levels', `{"username":"a","metadata":${nested(17)}}`],
    ['arrays 30,000 deep', '['.repeat(30_000)],
    ['501 members', `{"metadata":{${Array.from({ length: 500 }, (_, n) => `"k${n}":1`).join()}}}`],
  ]
  for (const [name, body] of malformed) {
    it(`400 malformed_json for ${name}`, async () => {
      const { status, problem } = await post(body)
      assert.deepEqual([status, problem.code], [400, 'malformed_json'])
    })
  }

  for (const body of ['[]', '"x"', 'null', '123', 'true', '[{"username":"a"}]']) {
    it(`400 at the root for ${body}`, async () => {
      const { status, problem } = await post(body)
      assert.deepEqual([status, problem.code], [400, 'invalid_input'])
      assert.deepEqual(
        problem.errors?.map((fault) => [fault.pointer, fault.code]),
        [['', 'invalid_type']],
      )
    })
  }

  const faulty: [body: string, pointer: string, code: string][] = [
    ['{}', '/username', 'required'],
    ['{"username":["a"]}', '/username', 'invalid_type'],
    ['{"username":null}', '/username', 'invalid_type'],
    ['{"username":5}', '/username', 'invalid_type'],
    ['{"username":{"$ne":null}}', '/username', 'invalid_type'],
    ['{"username":"a","active":"false"}', '/active', 'invalid_type'],
    ['{"username":"a","active":0}', '/active', 'invalid_type'],
    ['{"username":"a","first_name":7}', '/first_name', 'invalid_type'],
    [`{"username":"a","first_name":"${'x'.repeat(101)}"}`, '/first_name', 'too_long'],
    ['{"username":"a","status":"gone"}', '/status', 'invalid_value'],
    ['{"username":"a","status":1}', '/status', 'invalid_type'],
    ['{"username":""}', '/username', 'too_short'],
    [`{"username":"${'😀'.repeat(65)}"}`, '/username', 'too_long'],
    ['{"username":"a","isRoot":true}', '/isRoot', 'unknown_field'],
    ['{"username":"a","a/b~c":true}', '/a~1b~0c', 'unknown_field'],
    ['{"username":"a","tags":["ok","long"]}', '/tags/1', 'too_long'],
    ['{"username":"a","metadata":[]}', '/metadata', 'invalid_type'],
    ['{"username":"a\\u0000b"}', '/username', 'invalid_characters'],
    ['{"username":"\\ud83d"}', '/username', 'invalid_characters'],
    ['{"username":"a","metadata":{"x":["\\udc00"]}}', '/metadata/x/0', 'invalid_characters'],
    ['{"username":"a","metadata":{"x":1e400}}', '/metadata/x', 'out_of_range'],
    ['{"username":"a","__proto__":{"role":"admin"}}', '/__proto__', 'forbidden_name'],
    [
      '{"username":"a","metadata":{"\\u005f_proto__":{"role":"admin"}}}',
      '/metadata/__proto__',
      'forbidden_name',
    ],
    ['{"username":"a","constructor":{"prototype":{"role":"admin"}}}', '/constructor', 'forbidden_name'],
  ]
  for (const [body, pointer, code] of faulty) {
    it(`400 ${code} for ${body.slice(0, 60)}`, async () => {
      const { status, problem } = await post(body)
      assert.deepEqual([status, problem.code], [400, 'invalid_input'])
      assert.deepEqual(
        problem.errors?.map((fault) => [fault.pointer, fault.code]),
        [[pointer, code]],
      )
      assert.equal(({} as { role?: string }).role, undefined)
    })
  }

  it('names every fault in one answer', async () => {
    const { problem } = await post('{"active":1,"status":"x","isRoot":1,"tags":[1,"long"]}')
    const pointers = problem.errors?.map((fault) => fault.pointer).sort()
    assert.deepEqual(pointers, ['/active', '/isRoot', '/status', '/tags/0', '/tags/1', '/username'])
  })

  it('counts code points, not UTF-16 units', async () => {
    assert.equal((await post(`{"username":"${'😀'.repeat(64)}"}`)).status, 201)
  })

  it('shows at most 50 faults in at most 16 KB', async () => {
    const many = await post(`{"username":"a","tags":[${'"long",'.repeat(8_000)}"x"]}`)
    assert.equal(many.status, 400)
    assert.equal(many.problem.errors?.length, 50)
    const long = await post(`{${Array.from({ length: 400 }, (_, n) => `"${n}${'k'.repeat(150)}":1`).join()}}`)
    assert.equal(long.status, 400)
    assert.ok(long.text.length <= 16 * 1024, `${long.text.length} bytes`)
    const huge = await post(`{"username":"a","${'k'.repeat(60_000)}":1}`)
    assert.equal(huge.status, 400)
    assert.ok(huge.text.length <= 16 * 1024)
  })

  it('takes 16 levels inside the object and names like those of Object', async () => {
    assert.equal((await post(`{"username":"a","metadata":${nested(16)}}`)).status, 201)
    const odd = await post('{"username":"a","metadata":{"toString":1,"hasOwnProperty":2,"":3,"a b":4}}')
    assert.equal(odd.status, 201)
    assert.match(odd.text, /"toString":1,"hasOwnProperty":2,"":3,"a b":4/)
  })

  it('keeps the connection after an error when the whole body was read', async () => {
    const message =
      'POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{'
    const answer = await server.raw(message, 100)
    assert.match(answer.text, /^HTTP\/1\.1 400 /)
    assert.equal(answer.closed, false)
  })

  it('is refused where a route reads none, unless it is empty', async () => {
    const remove = (body: string) =>
      fetch(`${server.url}/users/me`, {
        method: 'DELETE',
        headers: { authorization: 'Bearer alice', 'content-type': 'application/json' },
        body,
      })
    assert.equal((await remove('')).status, 204)
    assert.equal((await remove('{"password":"x"}')).status, 204)
    assert.equal((await remove('{"other":"x"}')).status, 400)
    const without = await fetch(`${server.url}/users/me`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer alice' },
    })
    assert.equal(without.status, 204)
  })

  it('is refused by a route that declares none', async () => {
    const bare = (body: string) =>
      fetch(`${server.url}/bare`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    assert.equal((await bare('{"x":1}')).status, 400)
    assert.equal((await bare('{}')).status, 204)
    assert.equal((await bare('')).status, 204)
    assert.equal((await fetch(`${server.url}/bare`, { method: 'POST' })).status, 204)
  })

  it('a merge patch is for PATCH', async () => {
    const answer = await fetch(`${server.url}/users/me`, {
      method: 'PATCH',
      headers: { authorization: 'Bearer alice', 'content-type': 'application/merge-patch+json' },
      body: '{"email":null}',
    })
    assert.equal(answer.status, 400)
    const problem = (await answer.json()) as Problem
    assert.deepEqual(
      problem.errors?.map((fault) => [fault.pointer, fault.code]),
      [['/email', 'invalid_type']],
    )
  })
})
