import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { it } from 'node:test'
import { sql } from 'kysely'
import { openSqlite } from './sqlite.ts'

it('statistics of small tables are forgotten when a file is opened and closed, those of large ones stay', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-planner-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'roster.db')
  const query = 'select a.id from a join b on b.id = a.id where b.name = ? and a.gone is null'
  const by = (run: (db: DatabaseSync) => void) => {
    const db = new DatabaseSync(file)
    run(db)
    db.close()
  }
  const known = () => {
    let names: unknown[] = []
    by((db) => {
      const rows = db.prepare('select distinct tbl from sqlite_stat1 order by tbl').all()
      names = rows.map(({ tbl }) => tbl)
    })
    return names
  }
  await openSqlite(file).close()
  by((db) => {
    db.exec(`create table a (id text primary key, gone text); create unique index a_living on a (id) where gone is null;
      create table b (id text primary key, name text); create index b_name on b (name);
      create table large (id integer primary key, name text); create index large_name on large (name);
      insert into a (id) values ('x'); insert into b values ('x', 'x');
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into large select i, i from n;
      analyze`)
  })
  assert.deepEqual(known(), ['a', 'b', 'large'])

  const database = openSqlite(file)
  const plan = await sql<{
    detail: string
  }>`explain query plan ${sql.raw(query.replace('?', "'x'"))}`.execute(database.read)
  assert.deepEqual(
    plan.rows.map(({ detail }) => detail.split(' ').slice(0, 2).join(' ')),
    ['SEARCH b', 'SEARCH a'],
  )
  await database.close()
  assert.deepEqual(known(), ['large'])
})

it('a queue that had all rows of its table when it was analyzed is read by its index', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-planner-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'roster.db')
  await openSqlite(file).close()
  const db = new DatabaseSync(file)
  db.exec(`create table events (seq integer primary key, position integer);
    create index events_pending on events (seq) where position is null;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) insert into events (seq) select i from n;
    analyze; update events set position = seq`)
  db.close()
  const database = openSqlite(file)
  const plan = await sql<{
    detail: string
  }>`explain query plan select seq from events where position is null limit 1`.execute(database.read)
  await database.close()
  assert.match(plan.rows[0]?.detail ?? '', /USING (COVERING )?INDEX events_pending/)
})
