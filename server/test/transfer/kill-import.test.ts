import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { it } from 'node:test'
import { sql } from 'kysely'
import { until } from '../harness/wait.ts'
import { onBothEngines } from '../harness.ts'
import { createPlace } from './command-line.ts'

const rowCount = 20_000
const hash = '$2b$10$0Dn8Togp.Jwv1rH.2Lu9S.q7X9J3Pp5xZmX.y.MAVtBDOuT26HHcm'

onBothEngines('an import that is killed (kill -9)', (engine) => {
  it('and run again has each user once and complete', {
    timeout: 240_000,
  }, async (t) => {
    const place = await createPlace(engine)
    t.after(place.clear)
    const file = place.path('users.ndjson')
    const rows = Array.from({ length: rowCount }, (_, at) => ({
      email: `person.${at}@example.com`,
      external_id: `old-${at}`,
      first_name: `Person ${at}`,
      password_hash: hash,
    }))
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    // The service answers from the same database during the import.
    const service = await place.serve()
    const admin = await service.admin()
    const count = async (query: string): Promise<number> => {
      const { headers } = await service.call('GET', `/users?count=exact&limit=1&${query}`, {
        as: admin.token,
      })
      return Number(headers.get('x-total-count'))
    }

    const child = place.start('users', 'import', file)
    const ended = once(child, 'exit')
    await until(async () => (await count('role=user')) >= 3000, '3,000 users')
    child.kill('SIGKILL')
    await ended
    const before = await count('role=user')
    assert.ok(before < rowCount, 'it was killed half-way')

    const again = await place.run('users', 'import', file, '--json')
    const { created, skipped, failed } = JSON.parse(again.out)
    const here = before - 1
    assert.deepEqual([created, skipped, failed], [rowCount - here, here, 0])

    const { rows: sums } = await sql`select
      (select count(*) from users) as users, (select count(distinct email_key) from users) as addresses,
      (select count(distinct external_id) from users) as external_ids,
      (select count(*) from user_roles where role = 'user') as roles, (select count(*) from passwords) as passwords,
      (select count(*) from audit_events where type = 'user.created' and reason = 'import') as events`.execute(
      service.roster.database.read,
    )
    const all = rowCount + 1
    const numbers = Object.fromEntries(
      Object.entries(sums[0] as Record<string, unknown>).map(([name, value]) => [name, Number(value)]),
    )
    assert.deepEqual(numbers, {
      users: all,
      addresses: all,
      external_ids: rowCount,
      roles: all,
      passwords: all,
      events: rowCount,
    })
    assert.equal(await count('q=person.'), rowCount, 'everybody can be searched')
    for (const at of [0, here - 1, here, rowCount - 1])
      assert.equal(await count(`q=person.${at}@`), 1, `person.${at}`)
  })
})
