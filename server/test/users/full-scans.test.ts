/** Searches without an index read all users: each caller has one of them at a time. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

type Statement = { sql: string; parameters: readonly unknown[] }

/** Counts the statements that run at the same moment, by the value that they search for, and holds the first one. */
function watch(service: Service) {
  const executor = service.roster.database.scan.getExecutor() as unknown as {
    executeQuery(query: Statement, ...rest: unknown[]): Promise<unknown>
  }
  const { executeQuery } = executor
  const running = new Map<string, number>()
  const most = new Map<string, number>()
  const arrived = new Map<string, () => void>()
  let first = true
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  executor.executeQuery = async function (query, ...rest) {
    const of = query.parameters.map(String).find((each) => /^(one|other)-/.test(each))
    const readsAll =
      /metadata/.test(query.sql) && !/limit 2000/.test(query.sql) && !query.parameters.includes(2000)
    if (of === undefined || !readsAll) return executeQuery.call(this, query, ...rest)
    const caller = of.split('-')[0]!
    running.set(caller, (running.get(caller) ?? 0) + 1)
    most.set(caller, Math.max(most.get(caller) ?? 0, running.get(caller)!))
    arrived.get(caller)?.()
    try {
      if (first) {
        first = false
        await released
      }
      return await executeQuery.call(this, query, ...rest)
    } finally {
      running.set(caller, running.get(caller)! - 1)
    }
  }
  return {
    most,
    release,
    arrival: (caller: string) => new Promise<void>((resolve) => arrived.set(caller, resolve)),
    stop: () => {
      executor.executeQuery = executeQuery
    },
  }
}

onBothEngines('searches that read all users', (engine) => {
  let service: Service
  let one: TestUser
  let other: string
  before(async () => {
    service = await engine.start()
    one = await service.admin()
    other = (await service.createUser({ roles: ['admin'] })).token
    for (const name of ['one', 'other'])
      await service.call('POST', '/users', {
        body: { username: `${name}-user`, email: `${name}@example.com`, metadata: { tag: `${name}-0` } },
        as: one.token,
      })
  })
  const search = (tag: string, as: string, more = '') =>
    service.call(
      'GET',
      `/users?fields=username&filter=${encodeURIComponent(`metadata.tag eq "${tag}"`)}${more}`,
      {
        as,
      },
    )

  for (const [what, more] of [
    ['a search', ''],
    ['an exact count', '&count=exact'],
  ] as const)
    it(`${what} waits for the one before of the same caller, and not for that of another`, async () => {
      const watched = watch(service)
      try {
        const isHeld = watched.arrival('one')
        const held = search('one-0', one.token, more)
        await isHeld
        const waiting = [search('one-1', one.token, more), search('one-2', one.token, more)]
        const runs = watched.arrival('other')
        const beside = search('other-0', other, more)
        await runs
        watched.release()
        const answers = await Promise.all([held, beside, ...waiting])
        assert.deepEqual(
          answers.map(({ status, text }) => [status, text]),
          [
            [200, '[{"username":"one-user"}]'],
            [200, '[{"username":"other-user"}]'],
            [200, '[]'],
            [200, '[]'],
          ],
        )
        assert.equal(watched.most.get('one'), 1)
      } finally {
        watched.stop()
      }
    })

  it('end the turn of a caller also when they fail', async () => {
    const executor = service.roster.database.scan.getExecutor() as unknown as {
      executeQuery(query: Statement, ...rest: unknown[]): Promise<unknown>
    }
    const { executeQuery } = executor
    executor.executeQuery = async function (query, ...rest) {
      if (query.parameters.some((each) => String(each).includes('one-9'))) throw new Error('planted')
      return executeQuery.call(this, query, ...rest)
    }
    try {
      assert.equal((await search('one-9', one.token)).status, 500)
    } finally {
      executor.executeQuery = executeQuery
    }
    assert.equal((await search('one-0', one.token)).status, 200)
  })
})
