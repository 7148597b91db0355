/** Databases that others than one service open as well. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after } from 'node:test'
import pg from 'pg'
import { until } from './harness/wait.ts'
import type { Engine, Service } from './harness.ts'

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

/** Two services on one database; on SQLite two as well, on one file. */
export async function twoServices(engine: Engine): Promise<[here: Service, there: Service]> {
  const DATABASE_URL = await sharedDatabase(engine)
  return [await engine.start({ DATABASE_URL }), await engine.start({ DATABASE_URL })]
}

/** SQL from outside the service: what an operator or an intruder would send. */
export type Outsider = { run(sql: string): Promise<void>; close(): Promise<void> }

export async function outsider(url: string): Promise<Outsider> {
  if (url.startsWith('sqlite:')) {
    const database = new DatabaseSync(url.slice('sqlite:'.length))
    // A wait inside SQLite would block the thread on which the service ends its transaction.
    const run = async (sql: string) => {
      await until(() => {
        try {
          database.exec(sql)
          return true
        } catch (error) {
          if ((error as { errcode?: number }).errcode !== 5) throw error
          return false
        }
      }, 'the lock')
    }
    return { run, close: async () => database.close() }
  }
  const client = new pg.Client(url)
  await client.connect()
  return { run: async (sql) => void (await client.query(sql)), close: () => client.end() }
}
