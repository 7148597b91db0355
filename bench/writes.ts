/**
 * Claim: creating, changing and deleting a user cost at most 1.5 times as much among many users as among 10,000. CPU time
 * of the whole process for each request, 16 at once. Usage: node bench/writes.ts [--postgres] [--users N]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createAdmin } from './admin.ts'
import { emptyDatabase } from './empty-database.ts'
import { load } from './load.ts'
import { median, type Running, startRoster } from './service.ts'

const { values } = parseArgs({
  options: { postgres: { type: 'boolean', default: false }, users: { type: 'string', default: '1000000' } },
})
const sizes = [10_000, Number(values.users)]
const atOnce = 16
const rounds = 5
const perRound = 480

type Costs = Record<string, number>

/** How often a busy machine made the service refuse a request, which was then sent again. */
let turnedAway = 0

const costs: Costs[] = []
for (const size of sizes) costs.push(await measure(size))
let worst = 0
for (const name of Object.keys(costs[0]!)) {
  const [small = 0, large = 0] = costs.map((of) => of[name])
  worst = Math.max(worst, large / small)
  console.log(
    `${name.padEnd(24)} ${small.toFixed(0)} µs among ${sizes[0]}, ${large.toFixed(0)} µs among ${sizes[1]}: ${(large / small).toFixed(2)}×`,
  )
}
console.log(`writes: at worst ${worst.toFixed(2)}× of what they cost among ${sizes[0]} (claim: at most 1.5×)`)
if (turnedAway > 0) console.log(`${turnedAway} requests were refused with 503 and sent again`)
process.exit()

async function measure(size: number): Promise<Costs> {
  const database = await emptyDatabase(values.postgres)
  const { settings } = database
  try {
    await load(settings.DATABASE_URL, size)
    const roster = await startRoster(settings)
    try {
      return await costsOf(roster, await createAdmin(roster, settings))
    } finally {
      await roster.stop()
    }
  } finally {
    await database.remove()
  }
}

async function costsOf(roster: Running, token: string): Promise<Costs> {
  const send = async (method: string, path: string, body?: object): Promise<Record<string, string>> => {
    const response = await fetch(`${roster.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && {
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status === 503) {
      turnedAway += 1
      await sleep(50)
      return send(method, path, body)
    }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? {} : (JSON.parse(text) as Record<string, string>)
  }
  const found: Record<string, number[]> = { 'create without password': [], change: [], delete: [] }
  const time = async (name: string, count: number, work: (at: number) => Promise<void>) => {
    const before = roster.cpuSeconds()
    let next = 0
    const client = async () => {
      while (next < count) await work(next++)
    }
    await Promise.all(Array.from({ length: atOnce }, client))
    found[name]!.push(((roster.cpuSeconds() - before) * 1e6) / count)
  }
  for (let round = 0; round <= rounds; round += 1) {
    const ids: string[] = []
    await time('create without password', perRound, async (at) => {
      const name = `new.person.${round}.${at}`
      const { id } = await send('POST', '/users', {
        username: name,
        email: `${name}@example.com`,
        first_name: 'New',
      })
      ids.push(id!)
    })
    await time(
      'change',
      perRound,
      async (at) => void (await send('PATCH', `/users/${ids[at]}`, { last_name: `Person ${at}` })),
    )
    await time('delete', perRound, async (at) => void (await send('DELETE', `/users/${ids[at]}`)))
  }
  // The first round warms up.
  return Object.fromEntries(Object.entries(found).map(([name, all]) => [name, median(all.slice(1))]))
}
