/**
 * Claim: verifying an access token adds at most 15% CPU time to a read by id. The yardstick is the same service without
 * the look at the token; both run in turns in one run, one or the other first, and the figure is the median of the ratios.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { costOf, stayAwake } from './cost.ts'
import { secretKey } from './load.ts'
import { signUp } from './reader.ts'
import { median, type Running, start, startRoster } from './service.ts'

const rounds = Number(process.argv[2] ?? 40)
/** Short, so that what else the machine does in the meantime hits both. */
const seconds = 1.5
const folder = mkdtempSync(join(tmpdir(), 'roster-bench-'))
const settings = {
  DATABASE_URL: process.env['DATABASE_URL'] ?? `sqlite:${folder}/roster.db`,
  ROSTER_SECRET_KEY: secretKey,
  ROSTER_RATE_LIMITS: 'off',
}
const roster = await startRoster(settings)
const { id, authorization } = await signUp(roster)
const unverified = await start(['bench/unverified-server.ts'], { ...settings, USER_ID: id }, '/health/live')

stayAwake()
const added: number[] = []
for (let round = 0; round <= rounds; round += 1) {
  const costs = new Map<Running, number>()
  for (const server of round % 2 === 0 ? [unverified, roster] : [roster, unverified])
    costs.set(server, await costOf(server, `/users/${id}`, { authorization }, seconds))
  const without = costs.get(unverified)!
  const whole = costs.get(roster)!
  if (round === 0) continue // warming up
  added.push(whole / without - 1)
  console.log(
    `round ${round}: without ${without.toFixed(1)} µs, with ${whole.toFixed(1)} µs CPU a request: ${percent(whole / without - 1)}`,
  )
}
console.log(`verifying a token adds ${percent(median(added))} to a read by id (claim: at most 15%)`)
await Promise.all([unverified.stop(), roster.stop()])
rmSync(folder, { recursive: true })
process.exit()

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`
}
