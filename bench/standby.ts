/**
 * Claim: with a standby (`DATABASE_READ_URL`), the primary does at most a third of its work for pages and searches. Both servers and
 * Roster share one machine, so throughput says nothing: the CPU of each process is what counts.
 *
 * node bench/standby.ts [--users N] [--seconds N]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startPostgresPair } from '../server/test/postgres-pair.ts'
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
const clients = 8
/** The requests that a standby answers. */
const lists = ['page of 50', 'substring search']
/** What a round leaves to be done, such as mails, is not counted with the next. */
const restMs = 2000
/** Of the CPU of the primary. */
const mostShare = 1 / 3

type Usage = { roster: number; primary: number; standby: number }

const pair = await startPostgresPair()
const url = pair.url(pair.primary)
const settings = { DATABASE_URL: url, ROSTER_SECRET_KEY: secretKey, ROSTER_LOG_LEVEL: 'warn' }
const ofPrimary = new Map<string, number>()
let service: Running | undefined
try {
  await load(url, Number(values.users))
  const client = new pg.Client(url)
  await client.connect()
  const ids = await someIds(client)
  await client.end()
  console.log(
    '| request | reads | a second | CPU of Roster, µs | of the primary | of the standby |\n|---|---|---|---|---|---|',
  )
  for (const standby of [false, true]) {
    const read = standby ? { DATABASE_READ_URL: pair.url(pair.standby) } : {}
    service = await startRoster({ ...settings, ...read })
    const token = await createAdmin(service, settings)
    await sleep(restMs)
    const idle = await usageOf(service, () => sleep(seconds * 1000))
    for (const [name, next] of Object.entries(requestsOf(token, ids, `standby.${standby}`))) {
      await keepAsking(service.url, clients, 1, next)
      await sleep(restMs)
      let perSecond = 0
      const used = await usageOf(service, async () => {
        perSecond = await keepAsking(service!.url, clients, seconds, next)
      })
      const cost = (part: keyof Usage) => ((used[part] - idle[part]) * 1e6) / (perSecond * seconds)
      const costs = [cost('roster'), cost('primary'), cost('standby')].map((each) => each.toFixed(0))
      console.log(
        `| ${name} | ${standby ? 'standby' : 'primary'} | ${perSecond.toFixed(0)} | ${costs.join(' | ')} |`,
      )
      ofPrimary.set(`${name} ${standby}`, cost('primary'))
    }
    await service.stop()
    service = undefined
  }
  for (const name of lists) {
    const share = ofPrimary.get(`${name} true`)! / ofPrimary.get(`${name} false`)!
    console.log(
      `standby: the primary does ${share.toFixed(2)} of its work for ${name} (claim: at most ${mostShare.toFixed(2)})`,
    )
  }
} finally {
  await service?.stop()
  await pair.stop()
}
process.exit()

async function usageOf(roster: Running, work: () => Promise<unknown>): Promise<Usage> {
  const now = (): Usage => ({
    roster: roster.cpuSeconds(),
    primary: postgresCpuSeconds(pair.primary.process.pid!),
    standby: postgresCpuSeconds(pair.standby.process.pid!),
  })
  const before = now()
  await work()
  const after = now()
  return {
    roster: after.roster - before.roster,
    primary: after.primary - before.primary,
    standby: after.standby - before.standby,
  }
}
