import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { problems } from '../../src/problems/problems.ts'
import { type Sample, startSample } from './sample.ts'

type Json = Record<string, unknown>
type Operation = {
  operationId: string
  parameters: { name: string; in: string; required: boolean }[]
  security: Json[]
  responses: Record<string, { $ref?: string; headers?: Json; content?: Json }>
  requestBody?: { required: boolean; content: Record<string, { schema: Json }> }
  'x-access': unknown
}
type Document = {
  openapi: string
  servers: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, Json>>
}

let server: Sample
let document: Document
before(async () => {
  server = await startSample()
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document
})
after(() => server.close())

function resolve(reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, token) => (value as Json)[token], document)
}

function errorCodes(operation: Operation): string[] {
  return Object.values(operation.responses)
    .flatMap(({ $ref }) => ($ref ? [resolve($ref) as { content: Record<string, { examples: object }> }] : []))
    .flatMap(({ content }) => Object.keys(content['application/problem+json']!.examples))
}

describe('the OpenAPI document', () => {
  it('is 3.1, for this server, with every operation once', () => {
    assert.match(document.openapi, /^3\.1\./)
    assert.deepEqual(document.servers, [{ url: 'http://roster.test' }])
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((one) => one.operationId),
    )
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(ids.includes('createUser') && ids.includes('getReadiness'))
    assert.deepEqual(Object.keys(document.paths['/users/{id}']!), ['get', 'patch', 'delete'])
    assert.equal(document.paths['/docs'], undefined)
  })

  it('every reference leads somewhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!)
    assert.ok(references.length > 0)
    for (const reference of references) assert.ok(resolve(reference), reference)
  })

  it('says who may use an operation, and how', () => {
    const { get, patch } = document.paths['/users/{id}']!
    assert.deepEqual(get!['x-access'], { self: 'id', or: 'users:read' })
    assert.deepEqual(patch!.security, [
      { bearer: [] },
      { cookie: [] },
      { client_credentials: ['users:write'] },
      { basic: [] },
    ])
    assert.deepEqual(document.paths['/users']!['post']!.security[0], {})
  })

  it('lists the errors that follow from the declarations', () => {
    const list = errorCodes(document.paths['/users']!['get']!)
    for (const code of [
      'unauthenticated',
      'forbidden',
      'invalid_parameter',
      'invalid_cursor',
      'too_many_requests',
    ]) {
      assert.ok(list.includes(code), code)
    }
    assert.ok(!list.includes('not_found') && !list.includes('malformed_json'))
    const create = errorCodes(document.paths['/users']!['post']!)
    for (const code of [
      'malformed_json',
      'idempotency_key_reused',
      'body_too_large',
      'unsupported_media_type',
    ]) {
      assert.ok(create.includes(code), code)
    }
    assert.ok(errorCodes(document.paths['/users/{id}']!['patch']!).includes('precondition_failed'))
    for (const code of [...list, ...create]) assert.ok(code in problems)
  })

  it('shows parameters, closed bodies and the headers of answers', () => {
    const list = document.paths['/users']!['get']!
    assert.ok(list.parameters.some((one) => one.name === 'cursor' && one.in === 'query' && !one.required))
    assert.ok('Link' in list.responses['200']!.headers!)
    const post = document.paths['/users']!['post']!
    assert.equal(post.requestBody?.required, true)
    assert.equal(post.requestBody!.content['application/json']!.schema['additionalProperties'], false)
    assert.ok('Location' in post.responses['201']!.headers!)
    assert.ok(post.parameters.some((one) => one.name === 'Idempotency-Key'))
    const remove = document.paths['/users/{id}']!['delete']!
    assert.equal(remove.requestBody?.required, false)
    assert.equal(remove.responses['204']!.content, undefined)
    const patch = document.paths['/users/{id}']!['patch']!
    assert.deepEqual(Object.keys(patch.requestBody!.content), [
      'application/json',
      'application/merge-patch+json',
    ])
  })
})

describe('GET /docs', () => {
  it('needs nothing from elsewhere', async () => {
    const page = await fetch(`${server.url}/docs`, { headers: { accept: 'text/html' } })
    const html = await page.text()
    assert.equal(page.status, 200)
    assert.doesNotMatch(html, /(src|href)="https?:/)
    assert.match(page.headers.get('content-security-policy')!, /style-src 'self';/)
    assert.match(html, /<code>users:read<\/code>/)
    for (const asset of ['reference.css', 'reference.js'])
      assert.equal((await fetch(`${server.url}/docs/${asset}`)).status, 200)
  })

  it('is smaller than 600 kB as it is sent', async () => {
    const answer = await fetch(`${server.url}/docs`, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(answer.headers.get('content-encoding'), 'gzip')
    assert.ok(Number(answer.headers.get('content-length')) < 600_000)
  })
})
