/**
 * Claim: an import over HTTP takes at most twice the CPU time of the command line, the service stays within 180 MiB of
 * memory, and reads beside it keep a p99 under 50 ms. Usage: node bench/import-over-http.ts [--postgres] [--users N]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createAdmin } from './admin.ts'
import { emptyDatabase } from './empty-database.ts'
import { load } from './load.ts'
import { peopleLines } from './people.ts'
import { memoryOf, type Running, startRoster } from './service.ts'

const { values } = parseArgs({
  options: { postgres: { type: 'boolean', default: false }, users: { type: 'string', default: '100000' } },
})
const users = Number(values.users)

const beside = await emptyDatabase(values.postgres)
const bySelf = await load(beside.settings.DATABASE_URL, users).finally(() => beside.remove())
console.log(
  `command line: ${bySelf.seconds.toFixed(1)} s, ${bySelf.cpuSeconds.toFixed(1)} s of CPU time, start included`,
)

const database = await emptyDatabase(values.postgres)
try {
  const roster = await startRoster(database.settings)
  try {
    const authorization = `Bearer ${await createAdmin(roster, database.settings)}`
    // Five seconds after its start the service keeps its compiled code.
    await sleep(6000)
    await measure(roster, authorization)
  } finally {
    await roster.stop()
  }
} finally {
  await database.remove()
}

async function measure(roster: Running, authorization: string): Promise<void> {
  const before = memoryOf(roster)
  const peak = { anonymous: 0, resident: 0 }
  const watch = setInterval(() => {
    peak.anonymous = Math.max(peak.anonymous, memoryOf(roster).anonymous)
    peak.resident = Math.max(peak.resident, roster.rssMegabytes())
  }, 100)
  const cpuBefore = roster.cpuSeconds()
  const started = performance.now()
  let isOver = false
  const reading = readUntil(roster, authorization, () => isOver)
  const summary = await importOver(roster, authorization).finally(() => {
    isOver = true
    clearInterval(watch)
  })
  const seconds = (performance.now() - started) / 1000
  const cpu = roster.cpuSeconds() - cpuBefore
  const times = await reading
  times.sort((a, b) => a - b)
  const p99 = times[Math.floor(times.length * 0.99)] ?? 0
  const slowest = times.at(-1) ?? 0
  console.log(summary)
  console.log(
    [
      `over HTTP: ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of CPU time, ${(seconds / bySelf.seconds).toFixed(2)} and ${(cpu / bySelf.cpuSeconds).toFixed(2)} times the command line (claim: 2)`,
      `memory: ${before.anonymous.toFixed(0)} MiB anonymous before; at most ${peak.anonymous.toFixed(0)} anonymous, ${peak.resident.toFixed(0)} resident (claim: 180)`,
      `${times.length} reads beside it: p99 ${p99.toFixed(1)} ms (claim: 50), slowest ${slowest.toFixed(1)} ms`,
    ].join('\n'),
  )
}

/** Sends the lines as a stream and reads the results as they come. @returns the last line */
async function importOver(roster: Running, authorization: string): Promise<string> {
  const encoder = new TextEncoder()
  const lines = peopleLines(users)
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = lines.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
  })
  const response = await fetch(`${roster.url}/users/import`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-ndjson' },
    body,
    duplex: 'half',
  } as RequestInit)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  const decoder = new TextDecoder()
  let end = ''
  for await (const chunk of response.body!) end = (end + decoder.decode(chunk, { stream: true })).slice(-2000)
  return end.trim().split('\n').at(-1) ?? ''
}

/** Reads the own account, one request after the other with short pauses. @returns milliseconds of each */
async function readUntil(roster: Running, authorization: string, isOver: () => boolean): Promise<number[]> {
  const times: number[] = []
  while (!isOver()) {
    const started = performance.now()
    const response = await fetch(`${roster.url}/users/me`, { headers: { authorization } })
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`a read was answered ${response.status}`)
    times.push(performance.now() - started)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return times
}
