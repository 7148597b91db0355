/** The traps of one code on two databases, each a test that runs on both. */
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Permission } from '../src/caller.ts'
import { type Database, duplicateIndex, type Tx } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import { migrations } from '../src/database/migrations/index.ts'
import { openDatabase } from '../src/database/open.ts'
import { jsonText } from '../src/encoding/json-text.ts'
import { onBothEngines } from './harness.ts'

const at = '2026-01-02T03:04:05.678Z'
const folder = mkdtempSync(join(tmpdir(), 'roster-dialects-'))
let files = 0
after(() => rmSync(folder, { recursive: true }))

onBothEngines('the traps', (engine) => {
  let url: string
  /** Two processes, as far as the database can tell. */
  let one: Database
  let other: Database
  before(async () => {
    files += 1
    url = engine.name === 'sqlite' ? `sqlite:${join(folder, `${files}.db`)}` : await engine.createDatabase()
    one = openDatabase({ url, poolSize: 10 })
    other = openDatabase({ url, poolSize: 10 })
  })
  after(async () => {
    await one.close()
    await other.close()
  })
  const role = (name: string, version = 1) => ({
    name,
    description: '',
    permissions: jsonText<Permission[]>([]),
    version,
    created_at: at,
    updated_at: at,
  })

  it('two processes migrate at the same time, and each migration runs once', async () => {
    const applied = await Promise.all([migrate(one), migrate(other)])
    assert.deepEqual(applied.flat().sort(), migrations.map(({ name }) => name).sort())
    assert.deepEqual(await migrate(one), [])
  })

  it('a migration that fails half-way leaves no table', async () => {
    const failing = one.transaction(async (tx) => {
      await one.dialect.lockMigrations(tx)
      await tx.schema.createTable('half').addColumn('a', one.dialect.columns.text).execute()
      throw new Error('half-way')
    })
    await assert.rejects(failing, /half-way/)
    assert.ok(!(await one.read.introspection.getTables()).some(({ name }) => name === 'half'))
  })

  it('work after a commit runs once, before the transaction resolves, and never after a failure', async () => {
    const ran: string[] = []
    const add = (tx: Tx, name: string) => one.afterCommit(tx, () => ran.push(name))
    await one.transaction(async (tx) => {
      add(tx, 'committed')
      assert.deepEqual(ran, [], 'not inside the transaction')
    })
    assert.deepEqual(ran, ['committed'])
    const failing = one.transaction(async (tx) => {
      add(tx, 'rolled back')
      throw new Error('no')
    })
    await assert.rejects(failing, /no/)
    await Promise.all([
      one.transaction(async (tx) => add(tx, 'together')),
      one
        .transaction(async (tx) => {
          add(tx, 'failed together')
          throw new Error('no')
        })
        .catch(() => {}),
      one.transaction(async (tx) => add(tx, 'together')),
    ])
    assert.deepEqual(ran, ['committed', 'together', 'together'])
    const left = await one.transaction(async (tx) => tx)
    assert.throws(() => add(left, 'too late'), /outside of a transaction/)
  })

  it('work that gathers texts of a transaction runs once with all of them, and without those of a failure', async () => {
    const ran: string[][] = []
    const note = (texts: ReadonlySet<string>) => void ran.push([...texts].sort())
    const gather = (tx: Tx, ...texts: string[]) => one.gatherForCommit(tx, texts, note)
    const failing = one.transaction(async (tx) => {
      gather(tx, 'rolled back')
      throw new Error('no')
    })
    await assert.rejects(failing, /no/)
    await one.transaction(async (tx) => {
      gather(tx, 'a', 'b')
      gather(tx, 'b', 'c')
      assert.deepEqual(ran, [], 'not inside the transaction')
    })
    await one.transaction(async (tx) => gather(tx, 'd'))
    assert.deepEqual(ran, [['a', 'b', 'c'], ['d']])
  })

  it('commits wait for the disk, and only those that say so do not', async () => {
    const setting = sql.raw<Record<string, unknown>>(
      engine.name === 'sqlite' ? 'pragma synchronous' : 'show synchronous_commit',
    )
    const settingIn = (options?: { volatile: boolean }) =>
      one.transaction(async (tx) => Object.values((await setting.execute(tx)).rows[0]!)[0], options)
    const [waits, doesNot] = engine.name === 'sqlite' ? [2, 1] : ['on', 'off']
    assert.equal(await settingIn(), waits)
    assert.equal(await settingIn({ volatile: true }), doesNot)
    assert.equal(await settingIn(), waits)
    await assert.rejects(one.transaction(() => Promise.reject(new Error('half-way')), { volatile: true }))
    assert.equal(await settingIn(), waits)
  })

  it('of many concurrent transactions, those that fail undo nothing of the others', async () => {
    const isReadable = async (name: string) =>
      (await one.read.selectFrom('roles').select('name').where('name', '=', name).execute()).length === 1
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, async (_, at) => {
        const name = `at-once-${at}`
        const work = one.transaction(
          async (tx) => {
            await tx.insertInto('roles').values(role(name)).execute()
            if (at % 3 === 0) throw new Error(name)
            // A duplicate fails in the database, which ends a whole transaction of PostgreSQL.
            if (at % 7 === 0) await tx.insertInto('roles').values(role(name)).execute()
          },
          { volatile: at % 5 === 0 },
        )
        await work.finally(async () => assert.equal(await isReadable(name), at % 3 !== 0 && at % 7 !== 0))
      }),
    )
    const failed = outcomes.flatMap((outcome, at) => {
      if (outcome.status === 'fulfilled') return []
      assert.equal(outcome.reason.message === `at-once-${at}`, at % 3 === 0, outcome.reason)
      return at
    })
    assert.deepEqual(
      failed,
      Array.from({ length: 100 }, (_, at) => at).filter((at) => at % 3 === 0 || at % 7 === 0),
    )
  })

  it('a duplicate is recognised by its index, and the next transaction works', async () => {
    const insert = () =>
      one.transaction(async (tx) => void (await tx.insertInto('roles').values(role('twice')).execute()))
    await insert()
    const error = await insert().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    assert.equal(duplicateIndex(error), 'roles_name')
    await one.transaction((tx) => tx.insertInto('roles').values(role('after')).execute())
  })

  it('instants come back as the same text, and sort as they do in time', async () => {
    const instants = [
      '0001-01-01T00:00:00.000Z',
      '0099-12-31T23:59:59.600Z',
      '1969-12-31T23:59:59.999Z',
      at,
      '9999-12-31T23:59:59.999Z',
    ]
    await one.transaction(async (tx) => {
      for (const [index, created_at] of instants.entries())
        await tx
          .insertInto('roles')
          .values({ ...role(`instant-${index}`), created_at })
          .execute()
    })
    const rows = await one.read
      .selectFrom('roles')
      .select('created_at')
      .where('name', 'like', 'instant-%')
      .orderBy('created_at')
      .execute()
    assert.deepEqual(
      rows.map(({ created_at }) => created_at),
      instants,
    )
  })

  it('texts are equal and in order byte by byte', async () => {
    const names = ['É', 'E\u0301', 'é', 'Z', 'a', '_', 'ß', 'ss', '\uffee', '\u{1f600}', 'a ', 'aa']
    await one.transaction(async (tx) => {
      for (const name of names)
        await tx
          .insertInto('roles')
          .values(role(`t${name}`))
          .execute()
    })
    const rows = await one.read
      .selectFrom('roles')
      .select('name')
      .where('name', '>=', 't')
      .orderBy('name')
      .execute()
    const inOrder = names
      .map((name) => `t${name}`)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(
      rows.map(({ name }) => name).filter((name) => inOrder.includes(name)),
      inOrder,
    )
  })

  it('the readers do not write where the engine can forbid it', async () => {
    if (engine.name === 'postgres') return
    await assert.rejects(one.read.insertInto('roles').values(role('read')).execute())
    await assert.rejects(one.scan.insertInto('roles').values(role('scan')).execute())
  })

  it('reading and writing in one transaction, from two processes at the same time, loses nothing', async () => {
    await one.transaction((tx) => tx.insertInto('roles').values(role('counter', 0)).execute())
    const increment = (database: Database) =>
      database.transaction(async (tx) => {
        const query = tx.selectFrom('roles').select('version').where('name', '=', 'counter')
        const { version } = await database.dialect.locked(query).executeTakeFirstOrThrow()
        await tx
          .updateTable('roles')
          .set({ version: version + 1 })
          .where('name', '=', 'counter')
          .execute()
      })
    for (let round = 0; round < 10; round += 1)
      await Promise.all(Array.from({ length: 20 }, (_, index) => increment(index % 2 ? one : other)))
    const { version } = await one.read
      .selectFrom('roles')
      .select('version')
      .where('name', '=', 'counter')
      .executeTakeFirstOrThrow()
    assert.equal(version, 200)
  })

  it('a row is claimed once, by update … returning', async () => {
    await one.transaction((tx) =>
      tx
        .insertInto('jobs')
        .values({ name: 'job', leased_by: null, leased_until: null, finished_at: null })
        .execute(),
    )
    const claim = (database: Database, by: string) =>
      database.transaction((tx) =>
        tx
          .updateTable('jobs')
          .set({ leased_by: by })
          .where('leased_by', 'is', null)
          .returning('name')
          .execute(),
      )
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => claim(index % 2 ? one : other, `${index}`)),
    )
    assert.equal(claims.flat().length, 1)
  })

  it('contains and endsWith know no wildcards and no case', async () => {
    const is = async (text: string, part: string) => {
      const column = sql<string>`${sql.val(text)}`
      const { rows } = await sql<{ inside: unknown; end: unknown }>`
        select ${one.dialect.contains(column, part)} as inside, ${one.dialect.endsWith(column, part)} as "end"`.execute(
        one.scan,
      )
      return [Boolean(rows[0]?.inside), Boolean(rows[0]?.end)]
    }
    for (const part of ['%', '_', '\\', '*', '?', '[a]', 'A', 'É', "'"]) {
      assert.deepEqual(await is('abcé', part), [false, false], part)
      assert.deepEqual(await is(`x${part}`, part), [true, true], part)
    }
    assert.deepEqual(await is('a\u{1f600}', '\u{1f600}'), [true, true])
  })
})

describe('the source of features', () => {
  it('only tx is used inside a transaction', () => {
    const wrong: string[] = []
    for (const path of globSync('src/{features,mail,database}/**/*.ts', {
      cwd: join(import.meta.dirname, '..'),
    })) {
      const code = readFileSync(join(import.meta.dirname, '..', path), 'utf8')
      for (const { index } of code.matchAll(/\.transaction\(async \(tx\) => \{/g)) {
        const body = blockAt(code, code.indexOf('{', index))
        if (
          /\bdatabase\.(read|scan|transaction)\b|\b(read|scan)\s*\.(selectFrom|insertInto|updateTable|deleteFrom)/.test(
            body,
          )
        )
          wrong.push(path)
      }
    }
    assert.deepEqual(wrong, [])
  })
})

function blockAt(code: string, start: number): string {
  let depth = 0
  for (let index = start; index < code.length; index += 1) {
    if (code[index] === '{') depth += 1
    if (code[index] === '}') depth -= 1
    if (depth === 0) return code.slice(start, index)
  }
  return code.slice(start)
}
