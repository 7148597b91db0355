/** The pages about PostgreSQL against a real one: role and database, backup and restore. With the tools of PostgreSQL where they are installed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { createEngine, password, type Service } from '../harness.ts'
import { type PostgresServer, startPostgres } from '../postgres-server.ts'

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')
const [tools] = globSync('/usr/lib/postgresql/*/bin/pg_dump').sort().reverse().map(dirname)

describe('PostgreSQL, as the documentation says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-docs-postgresql-'))
  const { engine, cleanUp } = createEngine('postgres')
  let server: PostgresServer
  let service: Service
  const urlOf = (database: string) => `postgres://roster@127.0.0.1:${server.port}/${database}`
  const withTools = { skip: tools === undefined && 'the tools of PostgreSQL are not installed' }

  before(async () => {
    server = await startPostgres(tools === undefined ? {} : { native: dirname(tools) })
  })
  after(async () => {
    await cleanUp()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs the block with the server of the test in place of the one of the page. */
  function run(script: string): string {
    const adapted = script
      .replace(/postgres:\/\/roster(:PASSWORD)?@[\w.]+\/(\w+)(\?[^"]*)?/g, (_, __, database) =>
        urlOf(database),
      )
      .replace(/--host=HOST/g, '--host=127.0.0.1')
    const env = {
      PATH: `${tools}:${process.env['PATH']}`,
      DATABASE_URL: urlOf('roster'),
      PGPORT: String(server.port),
      PGUSER: 'postgres',
    }
    return execFileSync('bash', ['-ec', adapted], {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  it('a role and a database of its own are enough', async () => {
    const [, statements = ''] = /```sql\n([\s\S]*?)```/.exec(page('tasks/postgresql.md')) ?? []
    const client = new pg.Client(server.url)
    await client.connect()
    for (const statement of statements.split(';').filter((each) => each.trim() !== ''))
      await client.query(statement)
    const { rows } = await client.query(`select rolsuper, rolcreatedb from pg_roles where rolname = 'roster'`)
    assert.deepEqual(rows, [{ rolsuper: false, rolcreatedb: false }])
    await client.end()
    service = await engine.start({ DATABASE_URL: urlOf('roster') })
    await service.createUser({ username: 'ann' })
  })

  it('psql connects with the URL of the page', withTools, () => {
    const [, block = ''] = /```sh norun[^\n]*\n(psql[\s\S]*?)```/.exec(page('tasks/postgresql.md')) ?? []
    assert.match(run(block), /1 row/)
  })

  it('pg_dump and pg_restore carry everything to another database', withTools, async () => {
    const [, block = ''] = /```sh norun[^\n]*\n(pg_dump[\s\S]*?)```/.exec(page('operations.md')) ?? []
    run(block)
    const restored = await engine.start({ DATABASE_URL: urlOf('restored') })
    const answer = await restored.call('GET', '/users/me', { as: { username: 'ann', password } })
    assert.equal(answer.status, 200, answer.text)
  })
})
