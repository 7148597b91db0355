/** What a service of users is asked, whichever it is. */
import { execFileSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { person } from '../people.ts'
import type { Running } from '../service.ts'

/** The password of the users that sign in. */
export const password = 'correct horse battery'

export const operations = [
  'read by id',
  'page of 50',
  'exact filter',
  'substring search',
  'create with a password',
  'sign in',
] as const
export type Operation = (typeof operations)[number]

export type Subject = {
  service: Running
  /** Each sends one request and checks the answer. */
  run: Record<Operation, () => Promise<unknown>>
}

export type Peer = {
  name: string
  /** Brings the software from its registry into the folder, unless it is there. */
  install(folder: string): Promise<void> | void
  /** Starts it on a new database in `data` with this many users. */
  start(folder: string, data: string, users: number): Promise<Subject>
}

/** Runs a command of an installation and shows what it prints. */
export function command(folder: string, program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
}

/** Sends a request. @returns the JSON of the answer, null without one @throws when it is not a success */
export async function ask<Answer>(
  { url }: Running,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text || 'null') as Answer
}

/** @throws unless the answer has so many rows: an empty answer costs less */
export function expectRows(rows: readonly unknown[] | undefined, count: number): void {
  if (rows?.length !== count) throw new Error(`${rows?.length} rows instead of ${count}`)
}

type Row = Record<string, string | number | null>

/** Writes the people into tables of a database, in one transaction: their passwords are not hashed 10,000 times. */
export function insertPeople(
  file: string,
  users: number,
  rowsOf: (at: number, user: ReturnType<typeof person>) => Record<string, Row>,
): void {
  const db = new DatabaseSync(file)
  db.exec('begin')
  const inserts = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  for (let at = 0; at < users; at += 1)
    for (const [table, row] of Object.entries(rowsOf(at, person(at)))) {
      const names = Object.keys(row)
      const insert =
        inserts.get(table) ??
        db.prepare(
          `insert into "${table}" (${names.map((name) => `"${name}"`).join(', ')}) values (${names.map(() => '?').join(', ')})`,
        )
      inserts.set(table, insert)
      insert.run(...Object.values(row))
    }
  db.exec('commit')
  db.close()
}

/** The words that substring searches look for, each in the names of many people. */
const words = ['smit', 'owal', 'drig']
let turn = 0

/** Numbers and words in turn, the same for every peer. */
export const next = {
  number: (): number => turn++,
  word: (): string => words[turn++ % words.length]!,
}
