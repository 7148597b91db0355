/**
 * Asks SQLite and PostgreSQL how they would run each statement that the tests have sent, and fails when a plan reads a
 * whole table that grows. `run.ts` runs it after the tests, with the folder of the statements as `TEST_STATEMENTS`.
 */
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { createDatabase, dropDatabase } from '../postgres-server.ts'
import { allowed, small } from './allowed.ts'
import type { Statement } from './collect.ts'

const folder = process.env['TEST_STATEMENTS']!
const server = process.env['TEST_DATABASE_URL']!
const statements = [
  ...new Map(
    globSync('*.ndjson', { cwd: folder })
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
      .map((line) => JSON.parse(line) as Statement)
      .map((statement) => [`${statement.engine} ${statement.text}`, statement]),
  ).values(),
]
const of = (engine: Statement['engine']) => statements.filter((statement) => statement.engine === engine)

/** The tables that a plan reads as a whole. A walk along an index that ends at a limit is not one. */
type Plan = (text: string) => Promise<string[]> | string[]

async function scans(found: Statement[], plan: Plan): Promise<string[]> {
  const wrong: string[] = []
  for (const { text, from } of found) {
    if (allowed.some((entry) => entry.from === from && entry.text.test(text))) continue
    const tables = (await plan(text)).filter((table) => !small.has(table))
    if (tables.length > 0) wrong.push(`${from} reads all of ${[...new Set(tables)].join(', ')}: ${text}`)
  }
  return wrong
}

describe('no statement reads the whole of a table that grows', () => {
  const work = mkdtempSync(join(tmpdir(), 'roster-plans-'))
  const file = join(work, 'roster.db')
  let sqlite: DatabaseSync
  let postgres: pg.Client
  const tables = new Set<string>()

  before(async () => {
    const url = await createDatabase(server, 'roster_plans')
    for (const target of [`sqlite:${file}`, url]) {
      const database = openDatabase({ url: target, poolSize: 1 })
      await migrate(database)
      await database.close()
    }
    sqlite = new DatabaseSync(file)
    postgres = new pg.Client({ connectionString: url })
    await postgres.connect()
    await fill(postgres)
    // A small table is read as a whole although an index serves; with this only where none does.
    await postgres.query('set enable_seqscan = off')
    for (const { name } of sqlite.prepare(`select name from sqlite_schema where type = 'table'`).all())
      tables.add(String(name))
  })
  after(async () => {
    sqlite.close()
    await postgres.end()
    await dropDatabase(server, 'roster_plans')
    rmSync(work, { recursive: true })
  })

  it('on SQLite', async () => {
    assert.deepEqual(await scans(of('sqlite'), sqlitePlan), [])
  })

  it('no limit on SQLite is a parameter, because each use of the statement would be planned again', () => {
    const found = of('sqlite').filter(({ text }) => /\blimit \?/i.test(text))
    assert.deepEqual(
      found.map(({ text }) => text),
      [],
    )
  })

  it('on PostgreSQL', async () => {
    assert.deepEqual(await scans(of('postgres'), postgresPlan), [])
  })

  const sqlitePlan: Plan = (text) => {
    const steps = sqlite.prepare(`explain query plan ${text}`).all() as { detail: string }[]
    const sorts = steps.some(({ detail }) => /TEMP B-TREE FOR ORDER BY/.test(detail))
    return steps.flatMap(({ detail }) => {
      if (/VIRTUAL TABLE INDEX \d+:./.test(detail)) return []
      const [, name = '', index] = /^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?/.exec(detail) ?? []
      const table = tableOf(text, name)
      if (!tables.has(table)) return []
      if (/\blimit\b/i.test(text) && !sorts && (index !== undefined || !/\bwhere\b/i.test(text))) return []
      return [table]
    })
  }

  type Node = {
    'Node Type': string
    'Relation Name'?: string
    'Index Cond'?: string
    Plans?: Node[]
  }
  const postgresPlan: Plan = async (text) => {
    const { rows } = await postgres.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
      `explain (generic_plan, format json) ${text.replace(/\blimit (\$\d+|\d+)\b/g, 'limit 50')}`,
    )
    const visit = (node: Node, limited: boolean): string[] => {
      const type = node['Node Type']
      const below = (limited || type === 'Limit') && !/^Sort|Aggregate|Hash/.test(type)
      const whole =
        (type === 'Seq Scan' && !below) ||
        (/^Index (Only )?Scan$/.test(type) && node['Index Cond'] === undefined && !below)
      return [
        ...(whole ? [node['Relation Name'] ?? ''] : []),
        ...(node.Plans ?? []).flatMap((plan) => visit(plan, below)),
      ]
    }
    return visit(rows[0]!['QUERY PLAN'][0]!.Plan, false)
  }
})

/** The table behind an alias. */
function tableOf(text: string, alias: string): string {
  return new RegExp(`"(\\w+)" as "${alias}"`).exec(text)?.[1] ?? alias
}

/** Gives each table a few thousand rows of no meaning, so that the planner has something to choose by. */
async function fill(client: pg.Client): Promise<void> {
  const { rows: checks } = await client.query(
    `select conrelid::regclass::text as name, conname from pg_constraint where contype = 'c' and connamespace = current_schema()::regnamespace`,
  )
  for (const { name, conname } of checks)
    await client.query(`alter table ${name} drop constraint "${conname}"`)
  await client.query('set session_replication_role = replica')
  const { rows: columns } = await client.query(
    `select table_name, column_name, data_type, is_nullable, column_default, is_identity from information_schema.columns
     where table_schema = current_schema() and table_name <> 'schema_migrations' order by table_name, ordinal_position`,
  )
  const byTable = Map.groupBy(columns, ({ table_name }) => table_name as string)
  for (const [table, all] of byTable) {
    const needed = all.filter(
      ({ is_nullable, column_default, is_identity, data_type }) =>
        column_default === null && is_identity === 'NO' && (is_nullable === 'NO' || data_type === 'text'),
    )
    const names = needed.map(({ column_name }) => `"${column_name}"`).join(', ')
    const values = needed.map(({ data_type }) => sampleOf(data_type)).join(', ')
    await client.query(
      `insert into "${table}" (${names}) select ${values} from generate_series(1, 5000) as n on conflict do nothing`,
    )
  }
  await client.query('analyze')
}

function sampleOf(type: string): string {
  if (type === 'uuid') return 'md5(n::text)::uuid'
  if (type.startsWith('timestamp')) return "now() - n * interval '1 minute'"
  if (type === 'boolean') return 'n % 2 = 0'
  if (type === 'jsonb' || type === 'json') return "'{}'"
  if (type === 'bytea') return "decode(md5(n::text), 'hex')"
  if (/int|numeric|double|real/.test(type)) return 'n'
  if (type === 'ARRAY') return "'{}'"
  return 'md5(n::text)'
}
