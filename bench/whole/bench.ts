/**
 * Measures everything at several sizes: CPU of each kind of request beside yardsticks of the same run, what clients wait, and
 * memory. Writes a table and charts. Usage: npm run bench -- [--postgres] [--users 10000,100000] [--out FOLDER]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createAdmin } from '../admin.ts'
import { emptyDatabase } from '../empty-database.ts'
import { load } from '../load.ts'
import { memoryOf, startRoster } from '../service.ts'
import { costOf, postgresCpuSeconds, rest } from './measuring.ts'
import { operationsOf } from './operations.ts'
import { type AtSize, chartOf, type Results, tableOf } from './report.ts'
import { measureYardsticks } from './yardsticks.ts'

const { values } = parseArgs({
  options: {
    postgres: { type: 'boolean', default: false },
    users: { type: 'string', default: '10000,100000,1000000' },
    out: { type: 'string', default: 'test-results/bench' },
  },
})
const sizes = values.users.split(',').map(Number)
if (sizes.some((users) => !Number.isInteger(users) || users < 1000))
  throw new Error('--users takes numbers of 1000 or more, separated by commas')
const engine = values.postgres ? 'PostgreSQL' : 'SQLite'

const answer = JSON.stringify({ id: 'x'.repeat(36), username: 'new.person', email: 'new.person@example.com' })
const results: Results = { engine, yardsticks: await measureYardsticks(answer.padEnd(420)), sizes: [] }
for (const users of sizes) results.sizes.push(await measure(users))

mkdirSync(values.out, { recursive: true })
const charts = {
  reads: ['read by id', 'exact filter', 'page of 50', 'substring search', 'exact count of all'],
  writes: ['create without a password', 'change', 'delete', 'restore', 'erase', 'refresh', 'import, a row'],
}
for (const [name, operations] of Object.entries(charts))
  writeFileSync(join(values.out, `${name}-${engine.toLowerCase()}.svg`), chartOf(results, name, operations))
console.log(tableOf(results))
process.exit()

async function measure(users: number): Promise<AtSize> {
  const database = await emptyDatabase(values.postgres)
  const { settings } = database
  try {
    const { perSecond } = await load(settings.DATABASE_URL, users)
    console.error(`${users} users imported, ${perSecond.toFixed(0)} a second`)
    const service = await startRoster(settings)
    const token = await createAdmin(service, settings)
    await rest(service)
    const idle = memoryOf(service)
    const costs: AtSize['costs'] = new Map()
    const databaseSeconds = () => (database.postmaster ? postgresCpuSeconds(database.postmaster) : 0)
    for (const operation of operationsOf(service, token, users)) {
      await rest(service)
      const cost = await costOf(
        service,
        databaseSeconds,
        { atOnce: 16, rounds: 5, ...operation },
        operation.run,
      )
      costs.set(operation.name, cost)
      console.error(`${operation.name}: ${cost.cpu.toFixed(1)} µs`)
    }
    const loaded = memoryOf(service)
    await service.stop()
    return { users, costs, idle, loaded }
  } finally {
    await database.remove()
  }
}
