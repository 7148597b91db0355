/** What the same machine does without Roster, in the same run. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { hash } from '@node-rs/argon2'
import { start } from '../service.ts'
import { costOf } from './measuring.ts'

export type Yardsticks = {
  /** CPU microseconds of `node:http` for each request that it answers with the bytes of a user. */
  bareServer: number
  /** CPU microseconds of one argon2id with the parameters of the service. */
  bareHash: number
  /** CPU microseconds of one look-up by key through `node:sqlite`. */
  bareStatement: number
  /** Rows a second into a table of SQLite with three unique indexes, in one transaction. */
  bulkInsert: number
}

export async function measureYardsticks(answer: string): Promise<Yardsticks> {
  const bare = await start(
    ['bench/bare-server.ts'],
    { BODY: answer, HEADERS: '{"content-type":"application/json"}' },
    '/',
  )
  const ask = async () => {
    await (await fetch(bare.url)).text()
    return 1
  }
  await costOf(bare, () => 0, { count: 3000, atOnce: 16, rounds: 1 }, ask)
  const { cpu: bareServer } = await costOf(bare, () => 0, { count: 3000, atOnce: 16, rounds: 5 }, ask)
  await bare.stop()
  return { bareServer, bareHash: await costOfHash(), ...measureSqlite() }
}

async function costOfHash(): Promise<number> {
  const password = 'correct horse battery'
  const HASH = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  const { stdout } = spawnSync(process.execPath, ['bench/bare-hashes.ts'], {
    env: { ...process.env, HASH, PASSWORD: password, SECONDS: '3' },
    encoding: 'utf8',
  })
  return Number(stdout.trim().split(' ')[1]) * 1000
}

function measureSqlite(): Pick<Yardsticks, 'bareStatement' | 'bulkInsert'> {
  const folder = mkdtempSync(join(tmpdir(), 'roster-bare-'))
  const db = new DatabaseSync(join(folder, 'bare.db'))
  db.exec(`pragma journal_mode = wal;
    create table people (id text primary key, username text unique, email text unique, name text) strict`)
  const insert = db.prepare('insert into people values (?, ?, ?, ?)')
  const rows = 100_000
  const startedMs = performance.now()
  db.exec('begin')
  for (let at = 0; at < rows; at += 1) insert.run(`id-${at}`, `user-${at}`, `user-${at}@example.com`, 'New')
  db.exec('commit')
  const bulkInsert = (rows * 1000) / (performance.now() - startedMs)
  const find = db.prepare('select * from people where id = ?')
  const before = process.cpuUsage()
  for (let at = 0; at < rows; at += 1) find.get(`id-${(at * 7919) % rows}`)
  const { user, system } = process.cpuUsage(before)
  db.close()
  rmSync(folder, { recursive: true })
  return { bareStatement: (user + system) / rows, bulkInsert }
}
