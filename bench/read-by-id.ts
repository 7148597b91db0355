/**
 * Claim: a read by id, with its token check and its log line, costs at most 3 times the CPU time of a bare `node:http`
 * server that answers the same bytes. Both run in turns in one run; the figure is the median of the ratios. With
 * `--sleeping-client` the client sleeps until it gets an answer, as most do.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { costOf, stayAwake } from './cost.ts'
import { secretKey } from './load.ts'
import { signUp } from './reader.ts'
import { median, start, startRoster } from './service.ts'

const rounds = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 11)
const folder = mkdtempSync(join(tmpdir(), 'roster-bench-'))
const url = process.env['DATABASE_URL'] ?? `sqlite:${folder}/roster.db`
const roster = await startRoster({ DATABASE_URL: url, ROSTER_SECRET_KEY: secretKey })
const { id, authorization } = await signUp(roster)
const sample = await fetch(`${roster.url}/users/me`, { headers: { authorization } })
const headers = Object.fromEntries(
  [...sample.headers].filter(
    ([header]) => !['date', 'connection', 'keep-alive', 'content-length'].includes(header),
  ),
)
const bare = await start(
  ['bench/bare-server.ts'],
  { BODY: await sample.text(), HEADERS: JSON.stringify(headers) },
  '/',
)

if (!process.argv.includes('--sleeping-client')) stayAwake()
const ratios: number[] = []
for (let round = 0; round <= rounds; round += 1) {
  const bareCost = await costOf(bare, `/users/${id}`, { authorization })
  const rosterCost = await costOf(roster, `/users/${id}`, { authorization })
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
