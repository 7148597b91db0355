/** Walks over enough users for every way of reading a list: its thresholds are 1,000 and 2,000 users. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { systemCaller } from '../../src/caller.ts'
import { sortFields, type UserParameters } from '../../src/features/users/list/user-query.ts'
import { compareCodePoints } from '../../src/features/users/names/text.ts'
import type { User } from '../../src/features/users/user.ts'
import type { PageOf, Position } from '../../src/page.ts'
import { onBothEngines, type Service } from '../harness.ts'

const count = 8000
const deletedCount = 1200
const orders = sortFields.flatMap((field) => [field, `-${field}`])

type Condition = {
  parameters: UserParameters
  fits(user: User): boolean
  /** How many of those who stay fit. */
  times: number
}

const has = (role: string) => (user: User) => user.roles.includes(role)
const conditions: Record<string, Condition> = {
  'no condition': { parameters: {}, fits: () => true, times: count },
  'a text that all have': { parameters: { q: 'EXAMPLE.c' }, fits: () => true, times: count },
  'a text that few have': {
    parameters: { q: 'grov' },
    fits: (user) => user.first_name === 'Grove',
    times: 320,
  },
  'a text that the oldest have': {
    parameters: { q: 'harbour' },
    fits: (user) => user.last_name === 'Harbour',
    times: 1600,
  },
  'a status that few have': {
    parameters: { status: 'disabled' },
    fits: (user) => user.status === 'disabled',
    times: 160,
  },
  'a status that most have': {
    parameters: { status: 'active' },
    fits: (user) => user.status === 'active',
    times: count - 160,
  },
  'a role that few have': { parameters: { role: 'rare' }, fits: has('rare'), times: 200 },
  'a role that the oldest have': { parameters: { role: 'crew' }, fits: has('crew'), times: 1500 },
  'a member of metadata, which has no index': {
    parameters: { filter: 'metadata.n lt 15' },
    fits: (user) => Number(user.metadata['n']) < 15,
    times: 300,
  },
  'a range of names': {
    parameters: { filter: 'username sw "m" and email gt "b"' },
    fits: (user) => user.username.startsWith('m') && user.email! > 'b',
    times: 2667,
  },
  'a range of instants': {
    parameters: { filter: 'created_at ge "2015-01-01T00:00:00Z" and not (last_login_at pr)' },
    fits: (user) => user.created_at >= '2015' && user.last_login_at === null,
    times: 3600,
  },
  'whoever signed in': {
    parameters: { filter: 'last_login_at lt "2022-01-01T00:00:00Z"', email_verified: false },
    fits: (user) => user.last_login_at !== null && user.last_login_at < '2022' && !user.email_verified,
    times: 800,
  },
  'one or the other': {
    parameters: { filter: '(first_name eq "grove" or roles eq "rare") and active eq true' },
    fits: (user) => (user.first_name === 'Grove' || has('rare')(user)) && user.status === 'active',
    times: 480,
  },
  'one name of all': {
    parameters: { username: 'M4000' },
    fits: (user) => user.username === 'm4000',
    times: 1,
  },
  nobody: { parameters: { q: 'nobody at all' }, fits: () => false, times: 0 },
}

/** Many have the same instants, so that the id decides; names sort in another order than they came. */
function rowOf(at: number): Record<string, unknown> {
  return {
    username: `${'amz'[at % 3]}${at}`,
    email: `${'zma'[at % 3]}${at}@example.com`,
    email_verified: at % 2 === 0,
    first_name: at % 25 === 0 ? 'Grove' : 'Other',
    last_name: at < 1600 ? 'Harbour' : null,
    roles: ['user', ...(at % 40 === 0 ? ['rare'] : []), ...(at < 1500 ? ['crew'] : [])],
    status: at % 50 === 7 ? 'disabled' : 'active',
    metadata: { n: at % 400 },
    created_at: `20${10 + Math.floor(at / 800)}-01-01T00:00:0${Math.floor(at / 100) % 8}.000Z`,
    last_login_at: at % 10 === 1 ? `202${Math.floor(at / 4000)}-06-01T00:00:00.00${at % 7}Z` : null,
  }
}

onBothEngines('pages of thousands', (engine) => {
  let service: Service
  let staying: User[]
  let made = 0
  before(async () => {
    service = await engine.start()
    const { id, token } = await service.admin()
    for (const name of ['rare', 'crew']) {
      const { status } = await service.call('POST', '/roles', { as: token, body: { name, permissions: [] } })
      assert.equal(status, 201)
    }
    const rows = Array.from({ length: count }, (_, at) => rowOf(at))
    await importRows(rows)
    await importRows(
      Array.from({ length: deletedCount }, (_, at) => ({
        ...rowOf(at),
        username: `gone${at}`,
        email: `gone${at}@example.com`,
      })),
    )
    await service.roster.database.transaction((tx) =>
      sql`update users set deleted_at = ${new Date().toISOString()} where username_key like 'gone%'`.execute(
        tx,
      ),
    )
    // The only one who is no part of the pattern.
    await service.roster.database.transaction((tx) => sql`delete from users where id = ${id}`.execute(tx))
    // The service did not see these changes.
    for (let portion = 0; (await service.roster.statistics.repair(portion)) > 0; portion += 1);
    staying = []
    for await (const users of service.roster.users.walkShown(systemCaller, {})) staying.push(...users)
    assert.equal(staying.length, count)
  })

  const importRows = async (rows: object[]) => {
    const { transfer } = service.roster
    async function* body() {
      yield Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    }
    const request = { mode: 'create', dryRun: false, batchRows: 1000 } as const
    for await (const results of transfer.import(
      systemCaller,
      body(),
      transfer.formatNamed('roster')!,
      request,
    ))
      for (const row of results) assert.equal(row.result, 'created', JSON.stringify(row))
  }

  /** A user who is added while others read; sorts anywhere, fits many conditions. */
  const come = async (): Promise<string> => {
    made += 1
    const { user } = await service.roster.users.create(systemCaller, {
      username: `${'amz'[made % 3]}-comer${made}`,
      email: `${'zma'[made % 3]}-comer${made}@example.com`,
      first_name: 'Grove',
      roles: ['user', 'rare'],
      metadata: { n: 3 },
    })
    return user.id
  }
  const leave = (id: string) => service.roster.users.purge(systemCaller, id, null)

  const walk = async (
    parameters: UserParameters,
    from: Pick<PageOf, 'direction' | 'position'>,
    limit: number,
    between: () => Promise<void>,
  ) => {
    const seen: User[] = []
    let { position } = from
    for (let pages = 0; ; pages += 1) {
      const page = { limit, direction: from.direction, position, wantsTotal: false }
      const { items, next, prev } = await service.roster.users.list(systemCaller, parameters, page)
      if (from.direction === 'next') seen.push(...items)
      else seen.unshift(...items)
      const further: Position | null = from.direction === 'next' ? next : prev
      if (further === null) return seen
      assert.ok(pages < 300, 'the walk ends')
      position = further
      await between()
    }
  }

  const check = (seen: User[], condition: Condition, sort: string) => {
    const ids = new Set(seen.map(({ id }) => id))
    assert.equal(ids.size, seen.length, 'nobody is seen twice')
    const fitting = staying.filter(condition.fits)
    assert.equal(fitting.length, condition.times)
    assert.deepEqual(
      fitting.filter(({ id }) => !ids.has(id)).map(({ username }) => username),
      [],
      'nobody is missed',
    )
    assert.deepEqual(
      seen.filter((user) => !condition.fits(user)).map(({ username }) => username),
      [],
    )
    const keys = seen.map((user) => [keyOf(user, sort.replace('-', '')), user.id] as const)
    const isDescending = sort.startsWith('-')
    const wrong = keys.findIndex(([key, id], at) => {
      const [before, beforeId] = keys[at - 1] ?? []
      if (before === undefined) return false
      const order = compareCodePoints(before, key) || compareCodePoints(beforeId!, id)
      return isDescending ? order <= 0 : order >= 0
    })
    assert.equal(wrong, -1, `the order is right: ${JSON.stringify(keys.slice(wrong - 1, wrong + 1))}`)
  }

  for (const [at, [name, condition]] of Object.entries(conditions).entries()) {
    describe(name, () => {
      it('counts exactly', async () => {
        const page = { limit: 1, direction: 'next', position: null, wantsTotal: true } as const
        const { total } = await service.roster.users.list(systemCaller, condition.parameters, page)
        assert.equal(total, condition.times)
      })
      for (const sort of [0, 3, 5, 8].map((step) => orders[(at + step) % orders.length]!)) {
        it(`by ${sort}, there and back, while users come and go`, async () => {
          const comers: string[] = []
          for (let each = 0; each < 4; each += 1) comers.push(await come())
          let step = 0
          const between = async () => {
            step += 1
            if (step % 5 === 1) comers.push(await come())
            if (step % 5 === 3) await leave(comers.shift()!)
          }
          const parameters = { ...condition.parameters, sort }
          const start = { direction: 'next', position: null } as const
          check(await walk(parameters, start, 197, between), condition, sort)
          // From beyond the last user.
          const end: Position = [sort.startsWith('-') ? '' : '\u{10ffff}', '']
          if (!sort.endsWith('_at'))
            check(await walk(parameters, { direction: 'prev', position: end }, 200, between), condition, sort)
          for (const id of comers) await leave(id)
        })
      }
    })
  }

  it('everybody once, while a thousand come and go', async () => {
    const comers: string[] = []
    let changes = 0
    const between = async () => {
      for (let each = 0; each < 13; each += 1) {
        changes += 1
        if (changes % 2 === 1) comers.push(await come())
        else await leave(comers.splice(changes % comers.length, 1)[0]!)
      }
    }
    const parameters = { sort: 'username' }
    const start = { direction: 'next', position: null } as const
    check(await walk(parameters, start, 100, between), conditions['no condition']!, 'username')
    assert.ok(changes >= 1000, `${changes} changes`)
    for (const id of comers) await leave(id)
  })

  it('the recycle bin with more users than one query reads', async () => {
    for (const sort of ['-created_at', 'email', 'last_login_at']) {
      const start = { direction: 'next', position: null } as const
      const seen = await walk({ deleted: true, sort }, start, 200, async () => {})
      assert.equal(new Set(seen.map(({ id }) => id)).size, deletedCount)
      assert.equal(seen.length, deletedCount)
      const found = await walk({ deleted: true, q: 'gone7', sort }, start, 50, async () => {})
      assert.equal(found.length, 111)
    }
  })
})

function keyOf(user: User, sort: string): string {
  const value = user[sort as 'username' | 'created_at' | 'last_login_at']
  return value === null ? '0001-01-01T00:00:00.000Z' : value.toLowerCase()
}
