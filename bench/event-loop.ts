/**
 * Claim: no turn of the event loop takes more than 50 ms while 200 clients create users. Beside it stands how late the event
 * loop of the idle service is, which is the machine's own. Usage: node bench/event-loop.ts [--postgres] [--users N] [--seconds N]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createAdmin } from './admin.ts'
import { emptyDatabase } from './empty-database.ts'
import { load } from './load.ts'
import type { LoopDelay } from './loop-delay.ts'
import { type Running, startRoster } from './service.ts'

const { values } = parseArgs({
  options: {
    postgres: { type: 'boolean', default: false },
    users: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '10' },
  },
})
const writers = 200
const rounds = 5
const claimMs = 50
/** After the start: the code is kept for the next one within this time. */
const settledMs = 8000
let serial = 0

const folder = mkdtempSync(join(tmpdir(), 'roster-bench-'))
const file = join(folder, 'delay.json')
const database = await emptyDatabase(values.postgres)
try {
  await load(database.settings.DATABASE_URL, Number(values.users))
  const roster = await startRoster({
    ...database.settings,
    LOOP_DELAY_FILE: file,
    NODE_OPTIONS: `--max-semi-space-size=2 --import ${new URL('loop-delay.ts', import.meta.url)}`,
  })
  try {
    await measure(roster, await createAdmin(roster, database.settings))
  } finally {
    await roster.stop()
  }
} finally {
  await database.remove()
  rmSync(folder, { recursive: true })
}
process.exit()

async function measure(roster: Running, token: string): Promise<void> {
  await sleep(settledMs)
  show('start, until everything is loaded', await delayOf(roster))
  await sleep(5000)
  show('idle', await delayOf(roster))
  let longestMs = 0
  for (let round = 0; round <= rounds; round += 1) {
    const { made, refused } = await write(roster, token, Number(values.seconds) * 1000)
    const delay = await delayOf(roster)
    show(`${writers} writers, ${made} users made, ${refused} refused with 503`, delay)
    if (round > 0) longestMs = Math.max(longestMs, delay.maxMs) // the first one warms up
  }
  console.log(`longest turn of the event loop: ${longestMs.toFixed(0)} ms (claim: at most ${claimMs} ms)`)
}

function show(name: string, { maxMs, p99Ms }: LoopDelay): void {
  console.log(`${name}: at most ${maxMs.toFixed(1)} ms late, p99 ${p99Ms.toFixed(1)} ms`)
}

async function delayOf({ child }: Running): Promise<LoopDelay> {
  rmSync(file, { force: true })
  child.kill('SIGUSR2')
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(20)
  return JSON.parse(readFileSync(file, 'utf8')) as LoopDelay
}

async function write(
  roster: Running,
  token: string,
  forMs: number,
): Promise<{ made: number; refused: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: writers })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const found = { made: 0, refused: 0 }
  const create = () =>
    new Promise<void>((resolve, reject) => {
      const username = `writer.${serial++}`
      const sent = request(`${roster.url}/users`, { method: 'POST', agent, headers }, (answer) => {
        if (answer.statusCode === 201) found.made += 1
        else if (answer.statusCode === 503) found.refused += 1
        else reject(new Error(`POST /users: ${answer.statusCode}`))
        answer.resume().on('end', resolve)
      })
      sent.on('error', reject)
      sent.end(JSON.stringify({ username, email: `${username}@example.com` }))
    })
  const endsMs = performance.now() + forMs
  const client = async () => {
    while (performance.now() < endsMs) await create()
  }
  await Promise.all(Array.from({ length: writers }, client))
  agent.destroy()
  return found
}
