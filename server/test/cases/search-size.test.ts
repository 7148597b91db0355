import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service } from '../harness.ts'
import { cheaply } from './table.ts'

const queries = [
  'q=%25',
  'q=%25%25%25',
  'q=_a_a_a_a',
  'q=zzzz',
  `q=${'a'.repeat(100)}`,
  'q=ann',
  'q=name19',
  'q=e',
  'email=name7@example.com',
  'filter=last_name%20co%20%22nobody%22',
  'sort=last_login_at&limit=200',
  'count=exact&limit=1',
]

async function fill(service: Service, count: number): Promise<string> {
  const { token } = await service.admin()
  const lines = Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      username: `name${at}`,
      email: `name${at}@example.com`,
      first_name: 'Anna',
      last_name: `a${at % 97}a`,
    }),
  )
  const answer = await service.call('POST', '/users/import', {
    as: token,
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  assert.equal(answer.status, 200)
  const { headers } = await service.call('GET', '/users?count=exact&limit=1', { as: token })
  assert.equal(headers.get('x-total-count'), String(count + 1))
  return token
}

onBothEngines('searches in 20,000 users', (engine) => {
  let [service, token] = [] as unknown as [Service, string]
  before(async () => {
    service = await engine.start()
    token = await fill(service, 20_000)
  })

  for (const query of queries)
    it(`cost little: ${query.slice(0, 40)}`, async () => {
      const answer = await cheaply(200, () => service.call('GET', `/users?${query}`, { as: token }))
      assert.equal(answer.status, 200)
    })

  it('an exact count of 20,000 costs little', async () => {
    for (const query of [
      'count=exact&limit=1',
      'q=e&count=exact&limit=1',
      'filter=metadata.x pr&count=exact',
    ]) {
      const answer = await cheaply(1_000, () =>
        service.call('GET', `/users?${encodeURI(query)}`, { as: token }),
      )
      assert.equal(answer.status, 200, query)
      assert.ok(Number(answer.headers.get('x-total-count')) >= 0)
    }
  })
})
