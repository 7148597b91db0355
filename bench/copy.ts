/**
 * Claim: `roster migrate --to` moves 1,000,000 users from one engine to the other in 3 minutes or less, checksums included.
 * Usage: node bench/copy.ts [--users N]; SQLite to PostgreSQL first, then back.
 */
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { emptyDatabase } from './empty-database.ts'
import { load } from './load.ts'

const { values } = parseArgs({ options: { users: { type: 'string', default: '1000000' } } })
const root = new URL('..', import.meta.url).pathname

const source = await emptyDatabase(false)
const middle = await emptyDatabase(true)
const target = await emptyDatabase(false)
try {
  await load(source.settings.DATABASE_URL, Number(values.users))
  copy('SQLite to PostgreSQL', source.settings, middle.settings.DATABASE_URL)
  copy('PostgreSQL to SQLite', middle.settings, target.settings.DATABASE_URL)
} finally {
  for (const database of [source, middle, target]) await database.remove()
}

function copy(name: string, from: Record<string, string>, to: string): void {
  const startMs = performance.now()
  const out = execFileSync(process.execPath, ['server/bin/roster.js', 'migrate', '--to', to, '--json'], {
    cwd: root,
    env: { ...process.env, ...from },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  const seconds = (performance.now() - startMs) / 1000
  const { tables } = JSON.parse(out) as { tables: { rows: number }[] }
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  console.log(`${name}: ${values.users} users, ${rows} rows of all tables in ${seconds.toFixed(0)} s`)
}
