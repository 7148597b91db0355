/**
 * Claim: a read by id, with its token check and its log line, costs at most 3 times the CPU time of a bare `node:http`
 * server that answers the same bytes. Both run in turns in one run; the figure is the median of the ratios.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { median, type Running, start, startRoster } from './service.ts'

const rounds = Number(process.argv[2] ?? 5)
const seconds = 5
/** The same for both: a server that is asked more often wakes up less often for each request. */
const rate = 3000
const folder = mkdtempSync(join(tmpdir(), 'roster-bench-'))
const url = process.env['DATABASE_URL'] ?? `sqlite:${folder}/roster.db`
const roster = await startRoster({
  DATABASE_URL: url,
  ROSTER_SECRET_KEY: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
})
const name = `bench${Date.now()}`
const credentials = { username: name, password: 'correct horse battery' }
await post('/users', { ...credentials, email: `${name}@example.com` })
const { access_token: token } = (await post('/auth/login', credentials)) as { access_token: string }
const authorization = `Bearer ${token}`
const sample = await fetch(`${roster.url}/users/me`, { headers: { authorization } })
const headers = Object.fromEntries(
  [...sample.headers].filter(
    ([header]) => !['date', 'connection', 'keep-alive', 'content-length'].includes(header),
  ),
)
const id = ((await sample.clone().json()) as { id: string }).id
const bare = await start(
  ['bench/bare-server.ts'],
  { BODY: await sample.text(), HEADERS: JSON.stringify(headers) },
  '/',
)

/**
 * The client never sleeps. Waking one up is work of the server's kernel, more than all of bare `node:http`, and it would
 * hit only the slower of the two: the faster answers while the client is still busy with the answer before.
 */
const stayAwake = (): void => void setImmediate(stayAwake)
stayAwake()

const ratios: number[] = []
for (let round = 0; round <= rounds; round += 1) {
  const bareCost = await cost(bare)
  const rosterCost = await cost(roster)
  if (round === 0) continue // warming up
  ratios.push(rosterCost / bareCost)
  console.log(
    `round ${round}: bare ${bareCost.toFixed(1)} µs, Roster ${rosterCost.toFixed(1)} µs CPU a request: ${(rosterCost / bareCost).toFixed(2)}×`,
  )
}
console.log(
  `read by id: ${median(ratios).toFixed(2)}× the CPU time of a bare node:http server (claim: at most 3×)`,
)
console.log(`RSS afterwards: ${roster.rssMegabytes().toFixed(0)} MB`)
await Promise.all([bare.stop(), roster.stop()])
rmSync(folder, { recursive: true })
process.exit()

/** CPU microseconds of the server process a request, under 20 connections. */
async function cost(server: Running): Promise<number> {
  const before = server.cpuSeconds()
  const result = await autocannon({
    url: `${server.url}/users/${id}`,
    connections: 20,
    overallRate: rate,
    duration: seconds,
    headers: { authorization },
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} answers were no 2xx, ${result.errors} failed`)
  return ((server.cpuSeconds() - before) * 1e6) / result['2xx']
}

async function post(path: string, body: object): Promise<unknown> {
  const response = await fetch(`${roster.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.json()
}
