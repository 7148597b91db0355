/** What clients that are generated from the OpenAPI document rely on. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { createEngine, type Service } from '../harness.ts'

const { engine, cleanUp } = createEngine('sqlite')
let service: Service
let token: string
before(async () => {
  service = await engine.start({ ROSTER_RATE_LIMITS: 'off' })
  token = (await service.admin()).token
})
after(cleanUp)

describe('paths beside /users/{id}', () => {
  for (const [path, allow] of [
    ['/users/export', 'GET, HEAD, OPTIONS'],
    ['/users/import', 'POST, OPTIONS'],
  ] as const) {
    it(`${path} allows ${allow}, not what a user allows`, async () => {
      const asked = await service.call('OPTIONS', path)
      assert.equal(asked.headers.get('allow'), allow)
      for (const method of ['PUT', 'PATCH', 'DELETE', path === '/users/export' ? 'POST' : 'GET']) {
        const body = method === 'GET' ? undefined : {}
        const answer = await service.call(method, path, { as: token, body })
        assert.equal(answer.status, 405, method)
        assert.equal(answer.body.code, 'method_not_allowed')
        assert.equal(answer.headers.get('allow'), allow)
      }
    })
  }

  it('a user still allows what a user allows', async () => {
    const { headers } = await service.call('OPTIONS', `/users/${(await service.admin()).id}`)
    assert.equal(headers.get('allow'), 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS')
    const passkeys = `/users/${(await service.admin()).id}/passkeys`
    const options = await service.call('OPTIONS', `${passkeys}/options`)
    assert.equal(options.headers.get('allow'), 'POST, OPTIONS')
  })
})

describe('Accept: application/problem+json', () => {
  it('is never refused', async () => {
    const headers = { accept: 'application/problem+json' }
    for (const path of ['/', '/users', '/users/me', '/users/export', '/problems', '/audit-events']) {
      assert.equal((await service.call('GET', path, { as: token, headers })).status, 200, path)
    }
    const refused = { accept: 'application/problem+json;q=0, image/png' }
    assert.equal((await service.call('GET', '/users', { as: token, headers: refused })).status, 406)
  })
})

describe('DELETE', () => {
  it('with the body null is the same as without a body', async () => {
    const { id } = await service.createUser()
    const answer = await service.call('DELETE', `/users/${id}`, { as: token, body: 'null' })
    assert.equal(answer.status, 204, answer.text)
    const other = await service.createUser()
    const lines = await service.call('DELETE', `/users/${other.id}`, { as: token, body: ' null\n' })
    assert.equal(lines.status, 204, lines.text)
    const { body } = await service.call('POST', '/roles', {
      as: token,
      body: { name: 'gone', permissions: [] },
    })
    assert.equal(body.name, 'gone')
    assert.equal((await service.call('DELETE', '/roles/gone', { as: token, body: 'null' })).status, 204)
  })
})

describe('Link', () => {
  it('is absolute, for the public URL', async () => {
    for (let at = 0; at < 3; at += 1) await service.createUser()
    const { headers } = await service.call('GET', '/users?limit=2&sort=username', { as: token })
    const links = [...headers.get('link')!.matchAll(/<([^>]+)>; rel="(\w+)"/g)]
    assert.deepEqual(
      links.map(([, , relation]) => relation),
      ['next', 'first'],
    )
    for (const [, link] of links) assert.match(link!, /^http:\/\/roster\.test\/users\?limit=2&/)
    const next = await service.call('GET', links[0]![1]!, { as: token })
    assert.equal(next.status, 200)
    assert.ok(next.body.length > 0)
  })
})

describe('the OpenAPI document', () => {
  type Schema = { [keyword: string]: unknown }
  type Body = { content: Record<string, { schema: Schema }> }
  type Document = {
    paths: Record<string, Record<string, { requestBody?: Body }>>
    components: { schemas: Record<string, Schema> }
  }

  const read = async () => (await service.call('GET', '/openapi.json')).body as Document
  const bodies = ({ paths }: Document) =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { requestBody }]) =>
        requestBody ? [{ name: `${method} ${path}`, method, content: requestBody.content }] : [],
      ),
    )

  it('has patterns that Python, Go and Java can compile', async () => {
    const text = JSON.stringify(await read())
    assert.ok(text.includes('"pattern"'))
    assert.deepEqual(text.match(/"pattern":"[^"]*\\p\{[^"]*"/g), null)
  })

  it('names the schema of a body that several media types share', async () => {
    const shared = bodies(await read()).filter(({ content }) => 'application/merge-patch+json' in content)
    assert.ok(shared.length > 5)
    for (const { name, content } of shared)
      for (const { schema } of Object.values(content)) assert.ok(schema['$ref'], name)
  })

  it('has no union with null as a body, because some clients cannot omit such a body', async () => {
    const optional = bodies(await read()).filter(({ method }) => method === 'delete')
    assert.ok(optional.length > 2)
    for (const { name, content } of optional)
      assert.equal(content['application/json']?.schema['type'], 'object', name)
  })

  it('has no schema whose name a generated test would have', async () => {
    const names = Object.keys((await read()).components.schemas)
    assert.deepEqual(
      names.filter((name) => name.endsWith('Test')),
      [],
    )
  })

  it('calls an import a file, not text in JSON', async () => {
    const { content } = bodies(await read()).find(({ name }) => name === 'post /users/import')!
    assert.deepEqual(content['application/octet-stream']?.schema, { type: 'string', format: 'binary' })
    assert.deepEqual(content['application/json']?.schema, {})
  })
})

describe('GET /events', () => {
  it('takes every sequence up to the maximum of the document', async () => {
    const read = (after: string) => service.call('GET', `/events?after=${after}`, { as: token })
    assert.equal((await read('9007199254740991')).body.code, 'events_expired')
    assert.equal((await read('9007199254740992')).body.code, 'invalid_parameter')
  })
})

describe('the OpenAPI document', () => {
  it('has no list of distinct values of an enum in place, for which Java clients do not compile', () => {
    const found: string[] = []
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return
      const { uniqueItems, items } = value as { uniqueItems?: boolean; items?: { enum?: unknown } }
      if (uniqueItems && items?.enum) found.push(path)
      for (const [name, member] of Object.entries(value)) visit(member, `${path}/${name}`)
    }
    const file = new URL('../../../sdk/openapi.json', import.meta.url)
    visit(JSON.parse(readFileSync(file, 'utf8')), '')
    assert.deepEqual(found, [])
  })
})
