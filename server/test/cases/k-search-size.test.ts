import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service } from '../harness.ts'
import { promptly } from './table.ts'

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

/** The quickest of five, so that a busy machine does not decide. */
async function measure(service: Service, token: string, query: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5; run += 1) {
    const started = performance.now()
    const { status } = await service.call('GET', `/users?${query}`, { as: token })
    assert.equal(status, 200, query)
    best = Math.min(best, performance.now() - started)
  }
  return best
}

onBothEngines('K03 searches in a hundred times as many users', (engine) => {
  let [large, largeToken] = [] as unknown as [Service, string]
  before(async () => {
    large = await engine.start()
    largeToken = await fill(large, 20_000)
  })

  it('do not take twenty times as long', async () => {
    const small = await engine.start()
    const smallToken = await fill(small, 200)
    for (const query of queries) {
      const few = await measure(small, smallToken, query)
      const many = await measure(large, largeToken, query)
      assert.ok(
        many < Math.max(few, 2) * 20,
        `${query}: ${few.toFixed(1)} ms for 200, ${many.toFixed(1)} ms for 20,000`,
      )
    }
  })

  it('K17 an exact count of 20,000 holds nobody up', async () => {
    for (const query of [
      'count=exact&limit=1',
      'q=e&count=exact&limit=1',
      'filter=metadata.x pr&count=exact',
    ]) {
      const answer = await promptly(1_000, () =>
        large.call('GET', `/users?${encodeURI(query)}`, { as: largeToken }),
      )
      assert.equal(answer.status, 200, query)
      assert.ok(Number(answer.headers.get('x-total-count')) >= 0)
    }
  })
})
