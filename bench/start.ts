/**
 * Claim: the service is ready 250 ms after its start with an existing database, and 400 ms with a new one. A start of Node that
 * does nothing stands beside it. Usage: node bench/start.ts [--postgres]; PROGRAM=FILE starts another program, such as a bundle.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../server/test/postgres-server.ts'
import { emptyDatabase } from './empty-database.ts'
import { median } from './service.ts'

const rounds = 11
const root = new URL('..', import.meta.url).pathname
const program = process.env['PROGRAM'] ?? 'server/bin/roster.js'
const onPostgres = process.argv.includes('--postgres')
const ticksPerSecond = 100
/** The service writes its compiled code to the disk within this time after the start. */
const keepsCodeMs = 7000

type Start = { readyMs: number; userMs: number; systemMs: number }

const kept = await emptyDatabase(onPostgres)
await start(kept.settings, keepsCodeMs) // makes the tables, and keeps the compiled code
const existing: Start[] = []
const fresh: Start[] = []
const bare: number[] = []
for (let round = 0; round < rounds; round += 1) {
  existing.push(await start(kept.settings))
  const empty = await emptyDatabase(onPostgres)
  fresh.push(await start(empty.settings))
  await empty.remove()
  const startedMs = performance.now()
  spawnSync(process.execPath, ['-e', '0'])
  bare.push(performance.now() - startedMs)
}
await kept.remove()
show('existing database', existing)
show('new database', fresh)
console.log(`node -e 0: ${median(bare).toFixed(0)} ms`)
console.log('claim: ready after 250 ms with an existing database, 400 ms with a new one')
process.exit()

function show(name: string, starts: readonly Start[]): void {
  const of = (member: keyof Start) => median(starts.map((each) => each[member])).toFixed(0)
  console.log(
    `${name}: ready after ${of('readyMs')} ms; CPU until then ${of('userMs')} ms user, ${of('systemMs')} ms system`,
  )
}

async function start(settings: Record<string, string>, stayMs = 0): Promise<Start> {
  const port = await freePort()
  const env = {
    ...process.env,
    NODE_OPTIONS: '--max-semi-space-size=2',
    ROSTER_PORT: String(port),
    ...settings,
  }
  const startedMs = performance.now()
  const child = spawn(process.execPath, [program, 'serve'], { cwd: root, env, stdio: 'ignore' })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined)
    if (answer?.ok) break
    await sleep(2)
  }
  const readyMs = performance.now() - startedMs
  const ticks = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  await sleep(stayMs)
  child.kill('SIGTERM')
  await once(child, 'exit')
  const msOf = (at: number) => (Number(ticks[at]) * 1000) / ticksPerSecond
  return { readyMs, userMs: msOf(11), systemMs: msOf(12) }
}
