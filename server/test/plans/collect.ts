/**
 * Collects the text of every statement that the service sends to its databases while tests run, when
 * `TEST_STATEMENTS` names a folder. `every-statement.ts` then asks both engines how they would run each.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { uncollected } from './allowed.ts'

export type Statement = { engine: 'sqlite' | 'postgres'; text: string; from: string }

/** The filters of property tests are random: a planner may choose any plan for them. */
const isRandom = /filter-properties/.test(process.argv[1] ?? '')
const folder = isRandom ? undefined : process.env['TEST_STATEMENTS']

if (folder !== undefined) {
  const file = join(folder, `${process.pid}.ndjson`)
  const known = new Set<string>()
  Error.stackTraceLimit = 60

  const note = (engine: Statement['engine'], text: string) => {
    if (!/^\s*(select|insert|update|delete|with)\b/i.test(text) || known.has(`${engine} ${text}`)) return
    const from = origin(new Error().stack ?? '')
    if (from === undefined) return
    known.add(`${engine} ${text}`)
    appendFileSync(file, `${JSON.stringify({ engine, text, from } satisfies Statement)}\n`)
  }

  const prepare = DatabaseSync.prototype.prepare
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, ...args: Parameters<typeof prepare>) {
    note('sqlite', args[0])
    return prepare.apply(this, args)
  }
  const client = pg.Client.prototype as { query(...args: unknown[]): unknown }
  const { query } = client
  client.query = function (this: unknown, ...args: unknown[]) {
    const [first] = args
    const text = typeof first === 'string' ? first : (first as { text?: unknown } | undefined)?.text
    if (typeof text === 'string') note('postgres', text)
    return query.apply(this, args)
  }
}

/** The first place outside of the database folder; undefined for a statement of a test, and for those that are not collected. */
function origin(stack: string): string | undefined {
  if (uncollected.some((place) => stack.includes(`/server/${place}`))) return undefined
  for (const [, place] of stack.matchAll(/\/server\/((?:src|test)\/[^):]+)/g)) {
    if (place === undefined || place.startsWith('src/database/') || place.startsWith('test/plans/')) continue
    return place.startsWith('test/') ? undefined : place
  }
  return undefined
}
