/** What the tests of sign-in share. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after } from 'node:test'
import pg from 'pg'
import type { Engine, Service } from '../harness.ts'

/** Two services on one database; on SQLite twice the same one. */
export async function replicas(
  engine: Engine,
  settings: Record<string, string>,
): Promise<[Service, Service]> {
  if (engine.name === 'sqlite') {
    const one = await engine.start(settings)
    return [one, one]
  }
  const DATABASE_URL = await engine.createDatabase()
  return [
    await engine.start({ ...settings, DATABASE_URL }),
    await engine.start({ ...settings, DATABASE_URL }),
  ]
}

export const login = (service: Service, username: string, typed: string, address: string) =>
  service.call('POST', '/auth/login', {
    body: { username, password: typed },
    headers: { 'x-forwarded-for': address },
  })

/** How many events there are; every comparison of a wrong password leaves one. */
export async function countEvents(service: Service, type: string, target?: string): Promise<number> {
  const select = service.roster.database.scan
    .selectFrom('audit_events')
    .select((at) => at.fn.countAll<number>().as('count'))
    .where('type', '=', type)
  const row = await (target ? select.where('target_id', '=', target) : select).executeTakeFirstOrThrow()
  return Number(row.count)
}

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The URL of a new database that others than one service can open. On SQLite a file in the temporary folder. */
export async function sharedDatabase(engine: Engine): Promise<string> {
  if (engine.name === 'postgres') return engine.createDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'roster-shared-'))
  folders.push(folder)
  return `sqlite:${join(folder, 'roster.db')}`
}

/** SQL from outside the service: what an operator or an intruder would send. */
export type Outsider = { run(sql: string): Promise<void>; close(): Promise<void> }

export async function outsider(url: string): Promise<Outsider> {
  if (url.startsWith('sqlite:')) {
    const database = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 2000 })
    return { run: async (sql) => database.exec(sql), close: async () => database.close() }
  }
  const client = new pg.Client(url)
  await client.connect()
  return { run: async (sql) => void (await client.query(sql)), close: () => client.end() }
}
