/**
 * Writes down the database of the version in `server/package.json`, for `releases.test.ts`. Run it once, when a version is
 * released: `node server/test/upgrades/record.ts`.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { version } from '../../src/runtime/version.ts'
import { createEngine, password, type Service } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'
import { folder } from './recorded.ts'
import { secretKey } from './release.ts'

const { engine, cleanUp } = createEngine('sqlite')
const url = await sharedDatabase(engine)
const service = await engine.start({ DATABASE_URL: url, ROSTER_SECRET_KEY: secretKey })
const apiKey = await fill(service)
await cleanUp()
const file = join(folder, `${version}.sql`)
const head = `-- The rows of a SQLite database of Roster ${version}; its users have the password of the tests.\n-- API key: ${apiKey}\n`
writeFileSync(file, head + rowsOf(url.slice('sqlite:'.length)))
console.log(`wrote ${file}`)

/** What the test looks for. @returns an API key */
async function fill({ call, createUser }: Service): Promise<string> {
  const { token: as } = await createUser({
    username: 'ada',
    email: 'ada@example.com',
    roles: ['admin', 'user'],
  })
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, { as, body })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`)
    return answer.body
  }
  const made: Record<string, string> = {}
  for (const [username, first_name] of [
    ['björn', 'Björn'],
    ['chloe', 'Chloé'],
    ['dora', 'Dora'],
    ['emil', 'Emil'],
  ] as const) {
    const email = `${encodeURIComponent(username).replaceAll('%', '')}@example.com`
    const metadata = { team: 'blue', tags: [1, 'two', null] }
    const user = { username, first_name, last_name: 'O’Neil', email, password, metadata }
    made[username] = (await done('POST', '/users', user)).id
  }
  await done('POST', '/roles', {
    name: 'auditor',
    description: 'Reads',
    permissions: ['users:read', 'audit:read'],
  })
  await done('PATCH', `/users/${made['chloe']}`, { roles: ['user', 'auditor'] })
  await done('DELETE', `/users/${made['dora']}`)
  await done('POST', '/auth/login', { username: 'chloe', password })
  return (await done('POST', '/api-keys', { name: 'sync', permissions: ['users:read'] })).secret
}

function rowsOf(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true })
  const tables = db
    .prepare(`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'
      and name not like 'user_search%' order by rootpage`)
    .all() as { name: string }[]
  return tables
    .map(({ name }) => {
      const rows = db.prepare(`select * from "${name}"`).all()
      if (rows.length === 0) return ''
      const columns = Object.keys(rows[0]!).map((column) => `"${column}"`)
      const values = rows.map((row) => `  (${Object.values(row).map(literal).join(', ')})`)
      return `\ninsert into "${name}" (${columns.join(', ')}) values\n${values.join(',\n')};\n`
    })
    .join('')
}

function literal(value: unknown): string {
  if (value === null || typeof value === 'number') return String(value)
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  return `'${String(value).replaceAll("'", "''")}'`
}
