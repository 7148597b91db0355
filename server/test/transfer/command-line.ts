/** The command line on a database of its own, beside a service on the same one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { migrate } from '../../src/database/migrate.ts'
import { databaseOptions, openDatabase } from '../../src/database/open.ts'
import { type Ran, runWith } from '../commands/in-process.ts'
import type { Engine, Service } from '../harness.ts'

const bin = join(import.meta.dirname, '../../bin/roster.js')

export type Run = { code: number | null; out: string; err: string }
export type Place = {
  secretKey: string
  /** A path in a folder of its own. */
  path(name: string): string
  /** Starts a service on the database. */
  serve(settings?: Record<string, string>): Promise<Service>
  /** Runs a command in this process, which takes a tenth of the time. */
  run(...args: string[]): Promise<Ran>
  /** A command as a process of its own, to be killed or to write streams. */
  start(...args: string[]): ChildProcess
  /** One of the arguments may be the text of standard input, and one further variables of the environment. */
  finish(...args: (string | { input: string } | { env: Record<string, string> })[]): Promise<Run>
  clear(): void
}

export async function createPlace(engine: Engine): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'roster-cli-'))
  const given = await engine.createDatabase()
  const settings = {
    DATABASE_URL: given === 'sqlite::memory:' ? `sqlite:${join(folder, 'roster.db')}` : given,
    ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
  }
  const database = openDatabase({ ...databaseOptions(readConfig(settings)), poolSize: 1 })
  await migrate(database)
  await database.close()
  const env = { PATH: process.env['PATH'] ?? '', ...settings }
  const startWith = (more: Record<string, string>, args: readonly string[]) =>
    spawn(process.execPath, [bin, ...args], { env: { ...env, ...more }, stdio: ['pipe', 'pipe', 'pipe'] })
  return {
    secretKey: settings.ROSTER_SECRET_KEY,
    path: (name) => join(folder, name),
    serve: (more = {}) => engine.start({ ...settings, ...more }),
    run: (...args) => runWith(settings, args),
    start: (...args) => startWith({}, args),
    finish(...args) {
      const texts = args.filter((arg) => typeof arg === 'string')
      const given = Object.assign({ input: '', env: {} }, ...args.filter((arg) => typeof arg !== 'string'))
      const child = startWith(given.env, texts)
      child.stdin.end(given.input)
      let [out, err] = ['', '']
      child.stdout.on('data', (chunk) => (out += chunk))
      child.stderr.on('data', (chunk) => (err += chunk))
      return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
    },
    clear: () => rmSync(folder, { recursive: true, force: true }),
  }
}
