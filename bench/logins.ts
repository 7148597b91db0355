/**
 * Claims: sign-ins per second are at least 85% of what the bare hash function gives on the same cores, while reads keep a
 * p99 under 50 ms. Both are measured in turns in one run. Attempts are counted as in production: everybody comes from a
 * network of their own, where they have signed in before, through a trusted proxy.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import autocannon from 'autocannon'
import { bytesOfPost, keepAsking } from './clients.ts'
import { median, post, startRoster } from './service.ts'

const rounds = Number(process.argv[2] ?? 5)
const seconds = 8
const password = 'correct horse battery'
const folder = mkdtempSync(join(tmpdir(), 'roster-bench-'))
const roster = await startRoster({
  DATABASE_URL: process.env['DATABASE_URL'] ?? `sqlite:${folder}/roster.db`,
  ROSTER_RATE_LIMITS: 'on',
  ROSTER_TRUSTED_PROXIES: '127.0.0.1',
})
const run = Date.now()
const nameOf = (at: number) => `person${run}-${at}`
/** So many that nobody has too many sessions, or attempts from their network, at the end. */
const people = Array.from({ length: 400 }, (_, at) => nameOf(at))
const readers = Array.from({ length: 8 }, (_, at) => nameOf(1000 + at))
const tokens: string[] = []
for (const [at, username] of [...people, ...readers].entries()) {
  await post(roster, '/users', { username, email: `${username}@example.com`, password }, homeOf(at))
  const { access_token: token } = await post(roster, '/auth/login', { username, password }, homeOf(at))
  if (at >= people.length) tokens.push(token!)
}
const signIns = people.map((username, at) => bytesOfPost('/auth/login', { username, password }, homeOf(at)))
let signIn = 0
const stored = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

const shares: number[] = []
const latencies: number[] = []
for (let round = 1; round <= rounds; round += 1) {
  const env = {
    ...process.env,
    HASH: stored,
    PASSWORD: password,
    SECONDS: String(seconds),
    UV_THREADPOOL_SIZE: '8',
  }
  const bare = Number(execFileSync(process.execPath, ['bench/bare-hashes.ts'], { env, encoding: 'utf8' }))
  const [perSecond, read] = await Promise.all([
    keepAsking(roster.url, 16, seconds, () => signIns[signIn++ % signIns.length]!),
    readOwn(),
  ])
  if (read.non2xx + read.errors > 0) throw new Error(`${read.non2xx} reads were refused`)
  shares.push(perSecond / bare)
  latencies.push(read.latency.p99)
  console.log(
    `round ${round}: bare ${bare.toFixed(1)}/s, sign-ins ${perSecond.toFixed(1)}/s (${((100 * perSecond) / bare).toFixed(0)}%), reads p99 ${read.latency.p99} ms`,
  )
}
console.log(`sign-ins: ${(100 * median(shares)).toFixed(0)}% of the bare hash (claim: at least 85%)`)
console.log(`reads meanwhile: p99 ${median(latencies)} ms (claim: under 50 ms)`)
await roster.stop()
rmSync(folder, { recursive: true })

function readOwn() {
  const requests = tokens.map((token) => ({ headers: { authorization: `Bearer ${token}` } }))
  return autocannon({
    url: `${roster.url}/users/me`,
    connections: 5,
    overallRate: 100,
    duration: seconds,
    requests,
  })
}

function homeOf(at: number): Record<string, string> {
  return { 'x-forwarded-for': `10.${at >> 8}.${at & 255}.1` }
}
