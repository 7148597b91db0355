import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { CompiledQuery } from 'kysely'
import { type Engine, onBothEngines, password, type Service } from '../harness.ts'
import { freePort } from '../postgres-server.ts'

/** A service with these imported users, its metrics, and the cost of a wrong or right password there. */
async function serviceWith(engine: Engine, hashes: Record<string, string>, settings = {}) {
  const port = await freePort()
  const service = await engine.start({ ROSTER_METRICS_PORT: String(port), ...settings })
  const admin = await service.admin()
  const rows = Object.entries(hashes).map(([username, password_hash]) =>
    JSON.stringify({ username, email: `${username}@example.com`, password_hash }),
  )
  const headers = { 'content-type': 'application/x-ndjson' }
  const { body } = await service.call('POST', '/users/import', {
    ...{ as: admin.token, headers, body: rows.join('\n') },
  })
  const metric = async (name: string) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
  }
  const login = async (username: string, typed: string) =>
    (await service.call('POST', '/auth/login', { body: { username, password: typed } })).status
  const workOf = async (username: string, typed: string, status: number) => {
    const before = await metric('roster_hashes_work_seconds')
    assert.equal(await login(username, typed), status, username)
    return (await metric('roster_hashes_work_seconds')) - before
  }
  return { service: service as Service, metric, login, workOf, body }
}

function near(one: number, other: number): boolean {
  return Math.abs(one - other) <= 0.01 * Math.max(one, other)
}

onBothEngines('passwords with hashes of other systems', (engine) => {
  it('a refusal costs the same for each of them, for ours and for an unknown name', async () => {
    const digest = createHash('sha1').update(password).digest('base64')
    const { service, workOf } = await serviceWith(engine, {
      costly: await bcrypt(password, { cost: 11 }),
      medium: await bcrypt(password, { cost: 9 }),
      cheap: `{SHA}${digest}`,
    })
    const { username: own } = await service.createUser()
    const names = ['costly', 'medium', 'cheap', own, 'nobody-here']
    for (const wrong of ['certainly another', 'Ångström ñandú']) {
      const works = new Map<string, number>()
      for (const name of names) works.set(name, await workOf(name, wrong, 401))
      for (const [name, work] of works)
        assert.ok(work > 0.1 && near(work, works.get('nobody-here')!), `${wrong}, ${name}: ${work}`)
    }

    const ours = await workOf(own, password, 200)
    await workOf('costly', password, 200)
    const withMedium = await workOf('nobody-here', 'wrong one', 401)
    assert.ok(withMedium > 2 * ours, 'the costliest that is left counts')
    assert.ok(near(withMedium, await workOf('costly', 'wrong one', 401)))
    await workOf('medium', password, 200)
    await workOf('cheap', password, 200)
    assert.ok(near(await workOf('nobody-here', 'wrong one', 401), ours), 'nothing is left to make up for')
    assert.ok(near(await workOf('costly', 'wrong one', 401), ours))
  })

  it('two that take much memory do not run at the same time', async () => {
    const large = (timeCost: number) =>
      argon2(password, { algorithm: 2, memoryCost: 65_536, timeCost, parallelism: 1 })
    const hashes = { one: await large(1), two: await large(1), three: await large(2) }
    const { login, metric } = await serviceWith(engine, hashes, { ROSTER_HASH_MEMORY_MIB: '64' })
    const statuses = await Promise.all(Object.keys(hashes).map((name) => login(name, password)))
    assert.deepEqual(statuses, [200, 200, 200])
    assert.equal(await metric('roster_hashes_imported_most_bytes'), 64 * 1024 * 1024)
  })

  it('the costliest hash is found by its index', { skip: engine.name !== 'sqlite' }, async () => {
    const { read } = (await engine.start()).roster.database
    const { sql, parameters } = read
      .selectFrom('passwords')
      .select('hash')
      .where('imported_work', 'is not', null)
      .orderBy('imported_work', 'desc')
      .limit(1)
      .compile()
    const plan = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])
    const { rows } = await read.executeQuery<{ detail: string }>(plan)
    assert.match(
      rows.map(({ detail }) => detail).join(),
      /^SEARCH passwords USING INDEX passwords_imported_work [^,]*$/,
    )
  })
})
