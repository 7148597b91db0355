/**
 * Memory: what the service holds when idle, under a load of lists, searches and new users, and a minute afterwards.
 * Anonymous memory and pages of files are counted apart. Usage: node bench/memory.ts [--postgres] [--users N] [--seconds N]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createAdmin } from './admin.ts'
import { emptyDatabase } from './empty-database.ts'
import { load } from './load.ts'
import { type Memory, memoryOf, post, type Running, startRoster } from './service.ts'

const { values } = parseArgs({
  options: {
    postgres: { type: 'boolean', default: false },
    users: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '60' },
    rest: { type: 'string', default: '60' },
  },
})
const users = Number(values.users)
const database = await emptyDatabase(values.postgres)
const { settings } = database

const show = (name: string, { anonymous, files }: Memory) =>
  console.log(`${name.padEnd(28)} anonymous ${anonymous.toFixed(0)} MiB, files ${files.toFixed(0)} MiB`)

try {
  await load(settings.DATABASE_URL, users)
  const roster = await startRoster(settings)
  try {
    await sleep(8000)
    show('idle', memoryOf(roster))
    const peak = { anonymous: 0, files: 0 }
    const watch = setInterval(() => {
      const { anonymous, files } = memoryOf(roster)
      peak.anonymous = Math.max(peak.anonymous, anonymous)
      peak.files = Math.max(peak.files, files)
    }, 250)
    const requests = await drive(roster, Number(values.seconds) * 1000)
    clearInterval(watch)
    show(`peak of ${requests} requests`, peak)
    await sleep(Number(values.rest) * 1000)
    show(`${values.rest} s later`, memoryOf(roster))
  } finally {
    await roster.stop()
  }
} finally {
  await database.remove()
}

/** 48 clients that list, search, filter by metadata, sign up and sign in until the time is over. */
async function drive(roster: Running, milliseconds: number): Promise<number> {
  const admin = { authorization: `Bearer ${await createAdmin(roster, settings)}` }
  const end = performance.now() + milliseconds
  let requests = 0
  const get = async (path: string) => {
    const response = await fetch(`${roster.url}${path}`, { headers: admin })
    await response.arrayBuffer()
  }
  const client = async (number: number) => {
    for (let turn = 0; performance.now() < end; turn += 1, requests += 1) {
      const at = number * 100_000 + turn
      const kind = (number + turn) % 6
      if (kind === 0) await get('/users?limit=200').catch(() => undefined)
      if (kind === 1) await get(`/users?q=an${at % 97}&limit=50`).catch(() => undefined)
      if (kind === 2) await get(`/users?filter=${encodeURIComponent(`metadata.number eq ${at % users}`)}`)
      if (kind === 3) await get('/audit-events?limit=200')
      if (kind === 4)
        await post(roster, '/users', {
          username: `load.${at}`,
          email: `load.${at}@example.com`,
          password: 'a password of the load',
        }).catch(() => undefined)
      if (kind === 5) await get('/openapi.json')
    }
  }
  await Promise.all(Array.from({ length: 48 }, (_, number) => client(number)))
  return requests
}
