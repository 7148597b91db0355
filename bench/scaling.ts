/**
 * Claim: with 2 and 4 processes of Roster on one PostgreSQL, a request costs at most 1.25 times the CPU that it costs with one
 * process, of Roster and of PostgreSQL together, and takes the same number of transactions. On a machine with many cores,
 * throughput then grows with the processes until PostgreSQL is busy. Where clients, Roster and PostgreSQL share two cores,
 * throughput itself cannot grow.
 *
 * node bench/scaling.ts [--users N] [--seconds N]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../server/test/postgres-server.ts'
import { createAdmin } from './admin.ts'
import { keepAsking } from './clients.ts'
import { load, secretKey } from './load.ts'
import { requestsOf, someIds } from './requests.ts'
import { type Running, startRoster } from './service.ts'
import { postgresCpuSeconds } from './whole/measuring.ts'

const { values } = parseArgs({
  options: { users: { type: 'string', default: '20000' }, seconds: { type: 'string', default: '5' } },
})
const seconds = Number(values.seconds)
const processes = [1, 2, 4]
const kinds = ['read by id', 'page of 50', 'create'] as const
/** Of all processes together, so that the load is the same. */
const clients = 16
const sampleMs = 50
/** What a round leaves to be done, such as mails, is not counted with the next. */
const restMs = 2000
/** Sessions of PostgreSQL report their transactions once a second. */
const reportedMs = 1500
const mostGrowth = 1.25

type Measured = {
  perSecond: number
  rosterCpu: number
  postgresCpu: number
  transactions: number
  lockWaits: number
}

/** Seconds of CPU, and transactions. */
type Usage = { roster: number; postgres: number; transactions: number }

const postgres = await startPostgres()
const settings = {
  DATABASE_URL: postgres.url,
  ROSTER_SECRET_KEY: secretKey,
  ROSTER_LOG_LEVEL: 'warn',
  // Of all processes, so that each accepts the tokens of the others.
  ROSTER_PUBLIC_URL: 'http://localhost:8000',
}
const services: Running[] = []
const monitor = new pg.Client(postgres.url)
try {
  await load(postgres.url, Number(values.users))
  await monitor.connect()
  services.push(await startRoster(settings))
  const token = await createAdmin(services[0]!, settings)
  const found = new Map<string, Measured[]>()
  for (const count of processes) {
    while (services.length < count) services.push(await startRoster(settings))
    await sleep(restMs)
    const idle = await usageOf(() => sleep(seconds * 1000))
    console.error(
      `idle, ${count} processes: ${((idle.roster * 1000) / seconds).toFixed(0)} + ${((idle.postgres * 1000) / seconds).toFixed(0)} ms of CPU a second`,
    )
    const requests = requestsOf(token, await someIds(monitor), `scaling.${count}`)
    for (const name of kinds) {
      const next = requests[name]
      console.error(`${name}, ${count} processes`)
      found.set(name, [...(found.get(name) ?? []), await measure(next, idle)])
    }
  }
  report(found)
} finally {
  await monitor.end()
  for (const service of services) await service.stop()
  await postgres.stop()
}
process.exit()

/** What `work` takes of all processes, and of PostgreSQL. */
async function usageOf(work: () => Promise<unknown>): Promise<Usage> {
  const sum = async (): Promise<Usage> => ({
    transactions: await transactionsSoFar(),
    roster: services.reduce((all, service) => all + service.cpuSeconds(), 0),
    postgres: postgresCpuSeconds(postgres.process.pid!),
  })
  const before = await sum()
  await work()
  const after = await sum()
  return {
    transactions: after.transactions - before.transactions,
    roster: after.roster - before.roster,
    postgres: after.postgres - before.postgres,
  }
}

/** The work of requests alone: `idle` is what the processes do in the same time without any. */
async function measure(next: () => Buffer, idle: Usage): Promise<Measured> {
  const spread = (forSeconds: number) =>
    Promise.all(services.map(({ url }) => keepAsking(url, clients / services.length, forSeconds, next)))
  await spread(1)
  await sleep(restMs)
  const samples: number[] = []
  let perSecond = 0
  const used = await usageOf(async () => {
    let isOver = false
    const watch = async () => {
      for (; !isOver; await sleep(sampleMs)) samples.push(await lockWaits())
    }
    const watched = watch()
    const rates = await spread(seconds)
    isOver = true
    await watched
    perSecond = rates.reduce((sum, rate) => sum + rate, 0)
  })
  const requests = perSecond * seconds
  return {
    perSecond,
    rosterCpu: ((used.roster - idle.roster) * 1e6) / requests,
    postgresCpu: ((used.postgres - idle.postgres) * 1e6) / requests,
    transactions: (used.transactions - idle.transactions - samples.length) / requests,
    lockWaits: samples.reduce((sum, count) => sum + count, 0) / samples.length,
  }
}

async function transactionsSoFar(): Promise<number> {
  await sleep(reportedMs)
  const { rows } = await monitor.query<{ sum: string }>(
    'select sum(xact_commit + xact_rollback) as sum from pg_stat_database',
  )
  return Number(rows[0]!.sum)
}

/** How many sessions of PostgreSQL wait for a lock at this moment. */
async function lockWaits(): Promise<number> {
  const { rows } = await monitor.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock'",
  )
  return rows[0]!.n
}

function report(found: ReadonlyMap<string, readonly Measured[]>): void {
  console.log(
    '| request | processes | a second | CPU of Roster + PostgreSQL, µs | of one process | transactions | sessions that wait for a lock |\n|---|---|---|---|---|---|---|',
  )
  let worst = 0
  for (const [name, rows] of found)
    for (const [at, row] of rows.entries()) {
      const [cost, single] = [row, rows[0]!].map((each) => each.rosterCpu + each.postgresCpu)
      const ratio = cost! / single!
      worst = Math.max(worst, ratio)
      console.log(
        `| ${name} | ${processes[at]} | ${row.perSecond.toFixed(0)} | ${row.rosterCpu.toFixed(0)} + ${row.postgresCpu.toFixed(0)} | ${ratio.toFixed(2)}× | ${row.transactions.toFixed(2)} | ${row.lockWaits.toFixed(2)} |`,
      )
    }
  console.log(`scaling: at worst ${worst.toFixed(2)}× the CPU of one process (claim: at most ${mostGrowth}×)`)
}
