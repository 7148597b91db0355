import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sql } from 'kysely'
import { systemCaller } from '../../src/caller.ts'
import { onBothEngines, type Service } from '../harness.ts'

type Result = { result: string; reason?: string; errors?: { code: string }[] }

const count = 1500
const rows = (change: object = {}) =>
  Array.from({ length: count }, (_, at) => ({
    email: `twice.${at}@example.com`,
    ...(at % 2 === 0 ? { external_id: `twice-${at}` } : { username: `twice-${at}` }),
    ...change,
  }))

async function importRows(service: Service, all: object[], mode: 'create' | 'upsert'): Promise<Result[]> {
  const { transfer } = service.roster
  async function* body() {
    yield Buffer.from(all.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }
  const results: Result[] = []
  const request = { mode, dryRun: false, batchRows: 100 } as const
  for await (const batch of transfer.import(systemCaller, body(), transfer.formatNamed('roster')!, request))
    results.push(...(batch as Result[]))
  return results
}

const tally = (results: Result[]) => {
  const counts: Record<string, number> = {}
  for (const { result, reason, errors } of results) {
    const name = errors?.[0]?.code ?? reason ?? result
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

onBothEngines('two concurrent imports of the same file', (engine) => {
  it('create each user once, and both succeed', async () => {
    const url = await engine.createDatabase()
    const first = await engine.start({ DATABASE_URL: url })
    // A SQLite file in memory belongs to one process.
    const second = engine.name === 'sqlite' ? first : await engine.start({ DATABASE_URL: url })
    const both = await Promise.all([
      importRows(first, rows(), 'create'),
      importRows(second, rows(), 'create'),
    ])
    const sum = tally(both.flat())
    assert.deepEqual(sum, { created: count, already_exists: count })
    const { rows: found } = await sql<{ users: number; roles: number; events: number }>`select
      (select count(*) from users) as users, (select count(*) from user_roles) as roles,
      (select count(*) from audit_events where type = 'user.created') as events`.execute(
      first.roster.database.read,
    )
    assert.deepEqual(Object.values(found[0]!).map(Number), [count, count, count])
  })

  it('change each user once in upsert mode, while other requests change and delete some', async () => {
    const url = await engine.createDatabase()
    const first = await engine.start({ DATABASE_URL: url })
    const second = engine.name === 'sqlite' ? first : await engine.start({ DATABASE_URL: url })
    await importRows(first, rows(), 'create')
    const ids: string[] = []
    for await (const users of first.roster.users.walkShown(systemCaller, {}))
      ids.push(...users.map(({ id }) => id))
    const done = { yes: false }
    const disturb = async () => {
      for (let at = 0; !done.yes; at += 1) {
        const id = ids[(at * 7) % count]!
        if (at % 3 === 0) await first.roster.users.delete(systemCaller, id, null, undefined).catch(() => {})
        else
          await first.roster.users
            .patch(systemCaller, { id, ifMatch: null }, { last_name: `n${at}` })
            .catch(() => {})
      }
    }
    const disturbed = disturb()
    const change = rows({ first_name: 'Changed' })
    const both = await Promise.all([
      importRows(first, change, 'upsert'),
      importRows(second, change, 'upsert'),
    ])
    done.yes = true
    await disturbed
    for (const results of both) {
      const { created = 0, updated = 0, unchanged = 0, ...others } = tally(results)
      assert.deepEqual(others, {}, 'nothing else')
      assert.equal(created + updated + unchanged, count)
    }
    const { rows: wrong } = await sql<{ count: number }>`select count(*) as count from users
      where deleted_at is null and coalesce(first_name, '') <> 'Changed'`.execute(first.roster.database.read)
    assert.equal(Number(wrong[0]!.count), 0)
    // Each version is a change that the audit knows.
    const { rows: sums } = await sql<{ versions: number; events: number }>`select
      (select sum(version) from users) as versions,
      (select count(*) from audit_events where type in ('user.created', 'user.updated', 'user.deleted')) as events`.execute(
      first.roster.database.read,
    )
    assert.equal(Number(sums[0]!.versions), Number(sums[0]!.events))
  })
})
