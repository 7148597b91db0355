/**
 * Claim: a page, an exact filter, a prefix and a substring search among 1,000,000 users take at most 3 times of what they
 * take among 10,000. Both services run side by side and are asked in turns; figures are medians.
 *
 * node bench/lists.ts [SMALL LARGE]          SQLite
 * node bench/lists.ts --postgres [SMALL LARGE]   a PostgreSQL from npm, or the server of TEST_DATABASE_URL
 * KEEP=/folder keeps the SQLite files and uses them again.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, dropDatabase, startPostgres } from '../server/test/postgres-server.ts'
import { createAdmin } from './admin.ts'
import { load, secretKey } from './load.ts'
import { person } from './people.ts'
import { median, post, type Running, startRoster } from './service.ts'

const sizes = process.argv
  .slice(2)
  .filter((word) => /^\d+$/.test(word))
  .map(Number)
const [small, large] = sizes.length === 2 ? (sizes as [number, number]) : [10_000, 1_000_000]
const repetitions = 40
const keep = process.env['KEEP']
const folder = keep ?? mkdtempSync(join(tmpdir(), 'roster-bench-'))
mkdirSync(folder, { recursive: true })
const postgres = process.argv.includes('--postgres') ? await openPostgres() : undefined

type Subject = Running & { size: number; token: string }
const subjects = [await prepare(small), await prepare(large)] as const
const middle = (subject: Subject) => person(Math.floor(subject.size / 2))

const questions: [string, (subject: Subject) => string][] = [
  ['first page', () => '/users'],
  ['page by username', () => '/users?sort=username'],
  ['page by last sign-in', () => '/users?sort=-last_login_at'],
  [
    'page in the middle',
    (subject) =>
      `/users?sort=username&filter=${encodeURIComponent(`username ge "${middle(subject).username}"`)}`,
  ],
  ['exact e-mail', (subject) => `/users?email=${encodeURIComponent(middle(subject).email)}`],
  ['exact username', (subject) => `/users?username=${middle(subject).username}`],
  ['exact external id', (subject) => `/users?external_id=ext-${Math.floor(subject.size / 2)}`],
  ['status, one in a thousand', () => '/users?status=disabled'],
  ['verified, every other', () => '/users?email_verified=true'],
  ['prefix, common', () => `/users?filter=${encodeURIComponent('username sw "ali"')}`],
  [
    'prefix, rare',
    (subject) => `/users?filter=${encodeURIComponent(`email sw "${middle(subject).username}"`)}`,
  ],
  ['substring, common', () => '/users?q=mith'],
  ['substring, rare', (subject) => `/users?q=${Math.floor(subject.size / 2) + 1}%40ex`],
  ['substring, two letters', () => '/users?q=zh'],
  ['substring, no match', () => '/users?q=qqq'],
  ['two words of a name', () => '/users?q=alice%20smith'],
  ['two words, rare', (subject) => `/users?q=smith%20${Math.floor(subject.size / 2) + 1}%40ex`],
  ['substring, percent signs', () => '/users?q=%25%25%25'],
]

const rows: [string, number, number][] = []
for (const [name, path] of questions) {
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round < repetitions + 5; round += 1) {
    for (const [at, subject] of subjects.entries()) {
      const ms = await ask(subject, path(subject))
      if (round >= 5) times[at]!.push(ms)
    }
  }
  rows.push([name, median(times[0]), median(times[1])])
}
console.log(`\n${postgres ? 'PostgreSQL' : 'SQLite'}: milliseconds over HTTP, median of ${repetitions}`)
console.log(`${'question'.padEnd(28)}${String(small).padStart(10)}${String(large).padStart(10)}   ratio`)
for (const [name, few, many] of rows)
  console.log(
    `${name.padEnd(28)}${few.toFixed(2).padStart(10)}${many.toFixed(2).padStart(10)}   ${(many / few).toFixed(2)}×`,
  )
console.log(`worst: ${Math.max(...rows.map(([, few, many]) => many / few)).toFixed(2)}× (claim: at most 3×)`)
const [count] = [await ask(subjects[1], '/users?count=exact&limit=1')]
console.log(`count=exact among ${large}: ${count.toFixed(0)} ms`)
for (const subject of subjects) await subject.stop()
await postgres?.stop()
if (!keep) rmSync(folder, { recursive: true })

async function ask(subject: Subject, path: string): Promise<number> {
  const started = performance.now()
  const response = await fetch(`${subject.url}${path}`, {
    headers: { authorization: `Bearer ${subject.token}` },
  })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return performance.now() - started
}

async function prepare(size: number): Promise<Subject> {
  const file = join(folder, `${size}.db`)
  const url = postgres ? await postgres.database(size) : `sqlite:${file}`
  if (!existsSync(file)) {
    const { seconds, perSecond, peakMegabytes } = await load(url, size)
    console.log(
      `loaded ${size} in ${seconds.toFixed(0)} s (${perSecond.toFixed(0)} users/s, ${peakMegabytes.toFixed(0)} MB)`,
    )
  }
  const running = await startRoster({ DATABASE_URL: url, ROSTER_SECRET_KEY: secretKey })
  const admin = await createAdmin(running, { DATABASE_URL: url, ROSTER_SECRET_KEY: secretKey })
  // An access token would end while the other database is loaded.
  const key = { name: 'bench', permissions: ['users:read'] }
  const { secret } = await post(running, '/api-keys', key, { authorization: `Bearer ${admin}` })
  return { ...running, size, token: secret! }
}

async function openPostgres() {
  const given = process.env['TEST_DATABASE_URL']
  const own = given
    ? undefined
    : await startPostgres({ settings: ['shared_buffers=512MB', 'max_wal_size=4GB'] })
  const url = given ?? own!.url
  const names: string[] = []
  return {
    async database(size: number): Promise<string> {
      const name = `roster_bench_${size}_${Date.now()}`
      names.push(name)
      return createDatabase(url, name)
    },
    async stop(): Promise<void> {
      for (const name of names) await dropDatabase(url, name)
      await own?.stop()
    },
  }
}
