/**
 * Claim: a webhook leaves within 1 s of the commit at 200 changes a second. Measured from the answer of a change to the
 * arrival of its message. Usage: node bench/webhooks.ts [--postgres] [--rate N] [--seconds N]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startReceiver } from '../server/test/webhooks/receiver.ts'
import { createAdmin } from './admin.ts'
import { emptyDatabase } from './empty-database.ts'
import { post, startRoster } from './service.ts'

const { values } = parseArgs({
  options: {
    postgres: { type: 'boolean', default: false },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
  },
})
const [rate, seconds] = [Number(values.rate), Number(values.seconds)]

const database = await emptyDatabase(values.postgres)
const settings = { ...database.settings, ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' }
const receiver = await startReceiver()
const roster = await startRoster(settings)
try {
  const admin = { authorization: `Bearer ${await createAdmin(roster, settings)}` }
  const arrivedMs = new Map<string, number>()
  receiver.answer('/bench', ({ body }, response) => {
    const { user_id } = body.data
    if (!arrivedMs.has(user_id)) arrivedMs.set(user_id, performance.now())
    response.writeHead(204).end()
  })
  await post(roster, '/webhooks', { url: receiver.url('/bench'), events: ['user.created'] }, admin)
  const answeredMs = new Map<string, number>()
  const create = async (at: number) => {
    const username = `changed.${at}`
    const { id } = await post(roster, '/users', { username, email: `${username}@example.com` }, admin)
    answeredMs.set(id!, performance.now())
  }
  const [startedMs, cpu] = [performance.now(), roster.cpuSeconds()]
  const creating: Promise<void>[] = []
  let refused = 0
  for (let at = 0; at < rate * seconds; at += 1) {
    const waitMs = startedMs + (at * 1000) / rate - performance.now()
    if (waitMs > 1) await sleep(waitMs)
    const created = create(at).catch(() => {
      refused += 1
    })
    creating.push(created)
  }
  await Promise.all(creating)
  const took = (performance.now() - startedMs) / 1000
  for (let tries = 0; arrivedMs.size < answeredMs.size && tries < 600; tries += 1) await sleep(100)
  const delays = [...answeredMs].map(([id, ms]) => (arrivedMs.get(id) ?? Number.POSITIVE_INFINITY) - ms)
  delays.sort((a, b) => a - b)
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0
  const perChange = ((roster.cpuSeconds() - cpu) * 1000) / delays.length
  console.log(
    `${(answeredMs.size / took).toFixed(0)} changes a second for ${took.toFixed(0)} s (wanted: ${rate}), ${refused} refused, ${perChange.toFixed(2)} ms of CPU each with their messages`,
  )
  console.log(
    `from answer to arrival: median ${at(0.5).toFixed(0)} ms, 99% ${at(0.99).toFixed(0)} ms, longest ${at(1).toFixed(0)} ms (claim: at most 1000 ms)`,
  )
} finally {
  receiver.stop()
  await roster.stop()
  await database.remove()
}
process.exit()
