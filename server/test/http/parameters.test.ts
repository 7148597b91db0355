import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Fault } from '../../src/errors.ts'
import { createPages } from '../../src/http/pagination.ts'
import { aliceId, type Sample, startSample } from './sample.ts'

let server: Sample
before(async () => {
  server = await startSample()
})
after(() => server.close())

async function get(path: string, token = 'admin') {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } })
  const body = (await answer.json()) as { code: string; errors?: Fault[] }
  return {
    status: answer.status,
    body,
    faults: body.errors?.map((fault) => [fault.pointer, fault.code]),
    answer,
  }
}

describe('query parameters', () => {
  for (const limit of [
    '0',
    '-1',
    '201',
    '1e3',
    '0x10',
    '1.5',
    'abc',
    '',
    '9223372036854775808',
    '+1',
    '01',
    ' 1',
    'null',
  ]) {
    it(`400 for limit=${limit}`, async () => {
      const { status, body, faults } = await get(`/users?limit=${encodeURIComponent(limit)}`)
      assert.deepEqual([status, body.code], [400, 'invalid_parameter'])
      assert.equal(faults?.[0]?.[0], '/limit')
    })
  }

  const refused: [query: string, pointer: string, code: string][] = [
    ['limit=10&limit=1000', '/limit', 'duplicate_parameter'],
    ['limit=10&%6cimit=10', '/limit', 'duplicate_parameter'],
    ['q[]=a', '/q[]', 'unknown_parameter'],
    ['q[a]=b', '/q[a]', 'unknown_parameter'],
    ['limt=10', '/limt', 'unknown_parameter'],
    ['__proto__=1', '/__proto__', 'unknown_parameter'],
    ['access_token=secret-value', '/access_token', 'unknown_parameter'],
    ['deleted=1', '/deleted', 'invalid_type'],
    ['deleted=TRUE', '/deleted', 'invalid_type'],
    ['q=a%00b', '/q', 'invalid_characters'],
    ['q=%0a', '/q', 'invalid_characters'],
    ['q=%ff', '/q', 'invalid_characters'],
    ['q=%zz', '/q', 'invalid_characters'],
    [`q=${'_a'.repeat(51)}`, '/q', 'too_long'],
    ['sort=name;drop%20table%20users', '/sort', 'invalid_value'],
    ['sort=password_hash', '/sort', 'invalid_value'],
    ['count=all', '/count', 'invalid_value'],
    ['created_after=infinity', '/created_after', 'invalid_format'],
    ['created_after=99999-01-01T00:00:00Z', '/created_after', 'invalid_format'],
    ['created_after=2026-02-30T00:00:00Z', '/created_after', 'invalid_format'],
    ['created_after=2026-01-01', '/created_after', 'invalid_format'],
    ['created_after=2026-01-01T00:00:00', '/created_after', 'invalid_format'],
    ['created_after=2026-01-01T24:00:00Z', '/created_after', 'invalid_format'],
    ['created_after=0000-01-01T00:00:00Z', '/created_after', 'invalid_format'],
    ['created_after=1767225600', '/created_after', 'invalid_format'],
  ]
  for (const [query, pointer, code] of refused) {
    it(`400 ${code} for ?${query.slice(0, 50)}`, async () => {
      const { status, body, faults } = await get(`/users?${query}`)
      assert.deepEqual([status, body.code], [400, 'invalid_parameter'])
      assert.deepEqual(faults, [[pointer, code]])
    })
  }

  it('names every fault in one answer', async () => {
    const { faults } = await get('/users?limit=0&x=1&deleted=maybe')
    assert.deepEqual(faults?.map(([pointer]) => pointer).sort(), ['/deleted', '/limit', '/x'])
  })

  it('are unknown where a route declares none', async () => {
    assert.equal((await get('/health/live?x=1')).status, 400)
    assert.equal((await get(`/users/${aliceId}?x=1`)).status, 400)
  })

  it('take spaces, plus signs, percent signs and every instant', async () => {
    assert.equal((await get('/users?q=a+b%2Bc%25')).status, 200)
    assert.equal((await get('/users?created_after=2026-02-28T23:59:59.5%2B02:00')).status, 200)
    assert.equal((await get('/users?deleted=false&limit=200&')).status, 200)
  })

  it('never reach the log', async () => {
    await get('/users?access_token=canary-in-query')
    assert.doesNotMatch(JSON.stringify(server.log()), /canary/)
  })
})

describe('path parameters', () => {
  for (const id of ['1', 'alice', `${aliceId}x`, '%F0%9F%98%80', 'a'.repeat(500), '..%2f']) {
    it(`404 for the id ${id.slice(0, 40)}`, async () => {
      const { status } = await get(`/users/${id}`)
      assert.equal(status === 400 && id.startsWith('..') ? 404 : status, 404)
    })
  }

  it('an id in capitals is the same id', async () => {
    const { status, body } = await get(`/users/${aliceId.toUpperCase()}`, 'alice')
    assert.equal(status, 200)
    assert.equal((body as unknown as { id: string }).id, aliceId)
  })
})

describe('pages', () => {
  const links = (answer: Response) =>
    Object.fromEntries(
      [...(answer.headers.get('link') ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, url, rel]) => [
        rel,
        url,
      ]),
    ) as Record<string, string>

  it('follow the Link header to the end, once each, in order', async () => {
    let path: string | undefined = '/users?limit=10&q=a?b'
    const seen: number[] = []
    while (path !== undefined) {
      const { status, body, answer } = await get(path)
      assert.equal(status, 200)
      seen.push(...(body as unknown as number[]))
      assert.equal(links(answer)['first'], '/users?limit=10&q=a%3Fb')
      path = links(answer)['next']
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, index) => index + 1),
    )
  })

  it('are 50 long unless asked, and counted only when asked', async () => {
    const plain = await get('/users')
    assert.equal((plain.body as unknown as number[]).length, 25)
    assert.equal(plain.answer.headers.get('x-total-count'), null)
    assert.equal((await get('/users?count=exact&limit=1')).answer.headers.get('x-total-count'), '25')
  })

  it('400 invalid_cursor for a cursor that was changed, or belongs elsewhere', async () => {
    const { answer } = await get('/users?limit=10&q=a')
    const cursor = new URL(links(answer)['next']!, server.url).searchParams.get('cursor')!
    assert.equal((await get(`/users?limit=20&q=a&cursor=${cursor}`)).status, 200)
    const flipped = `${cursor.slice(0, 5)}${cursor[5] === 'A' ? 'B' : 'A'}${cursor.slice(6)}`
    const bad = [
      `/users?q=a&cursor=${cursor.slice(0, -2)}`,
      `/users?q=a&cursor=${cursor.slice(0, 10)}`,
      `/users?q=a&cursor=${flipped}`,
      `/users?q=a&cursor=${cursor}%3D`,
      `/users?q=a&cursor=`,
      `/users?q=a&cursor=${'A'.repeat(3_000)}`,
      `/users?q=b&cursor=${cursor}`,
      `/users?cursor=${cursor}`,
      `/users?q=a&sort=username&cursor=${cursor}`,
      `/users?q=a&cursor=${Buffer.from('["n",1]').toString('base64url')}`,
    ]
    for (const path of bad) {
      const { status, body } = await get(path)
      assert.deepEqual([status, body.code], [400, 'invalid_cursor'], path.slice(0, 60))
    }
  })

  it('400 for a cursor of another caller or another key', () => {
    const request = (userId: string, cursor?: string) =>
      ({ url: '/users', caller: { userId, apiKeyId: null }, query: { cursor } }) as never
    const cursorOf = (pages: ReturnType<typeof createPages>, userId: string) => {
      let link = ''
      const reply = {
        header: (name: string, value: string) => {
          if (name === 'link') link = value
        },
        send: () => reply,
      }
      pages.sendPage(request(userId), reply as never, { items: [], next: ['x', null], prev: null })
      return /cursor=([^>]*)/.exec(link)![1]!
    }
    const pages = createPages(createSecretKey(Buffer.alloc(32, 1)), '')
    const cursor = cursorOf(pages, 'a')
    assert.deepEqual(pages.readPage(request('a', cursor)).position, ['x', null])
    assert.throws(() => pages.readPage(request('b', cursor)), { code: 'invalid_cursor' })
    assert.throws(
      () => createPages(createSecretKey(Buffer.alloc(32, 2)), '').readPage(request('a', cursor)),
      {
        code: 'invalid_cursor',
      },
    )
  })
})
