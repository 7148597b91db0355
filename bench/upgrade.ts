/**
 * How long the upgrade of a large database takes, migration by migration, and how long the migrations make another program
 * wait for a read and for a write of one user. Usage: node bench/upgrade.ts [--postgres] [--users N] [--from 0.2.0]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { copyDatabase } from '../server/src/database/copy/copy.ts'
import { migrate } from '../server/src/database/migrate.ts'
import { openDatabase } from '../server/src/database/open.ts'
import { searchGrams } from '../server/src/features/users/list/search-grams.ts'
import { migratedTo, migrationsOf, releases } from '../server/test/upgrades/recorded.ts'
import { emptyDatabase } from './empty-database.ts'
import { load } from './load.ts'

const { values } = parseArgs({
  options: {
    postgres: { type: 'boolean', default: false },
    users: { type: 'string', default: '1000000' },
    from: { type: 'string', default: releases.at(-1)! },
  },
})

const source = await emptyDatabase(false)
const upgraded = await emptyDatabase(values.postgres)
try {
  await load(source.settings.DATABASE_URL, Number(values.users))
  const url = upgraded.settings.DATABASE_URL
  const old = await migratedTo(url, migrationsOf(values.from))
  const reader = openDatabase({ url: source.settings.DATABASE_URL, poolSize: 1 })
  await copyDatabase({ from: reader.read, to: old, gramsOf: searchGrams, progress() {} })
  await Promise.all([reader.close(), old.close()])
  await upgrade(url)
} finally {
  for (const database of [source, upgraded]) await database.remove()
}

async function upgrade(url: string): Promise<void> {
  const [database, other] = [openDatabase({ url, poolSize: 1 }), openDatabase({ url, poolSize: 2 })]
  const { id } = await other.read.selectFrom('users').select('id').limit(1).executeTakeFirstOrThrow()
  const longest = { readMs: 0, writeMs: 0 }
  const refused = new Set<string>()
  let isOver = false
  const ask = async (name: keyof typeof longest, work: () => Promise<unknown>) => {
    while (!isOver) {
      const startMs = performance.now()
      await work().catch((error: Error) => refused.add(`${name}: ${error.message}`))
      longest[name] = Math.max(longest[name], performance.now() - startMs)
      await sleep(5)
    }
  }
  const asked = [
    ask('readMs', () => other.read.selectFrom('users').select('username').where('id', '=', id).execute()),
    ask('writeMs', () =>
      other.transaction((tx) =>
        tx.updateTable('users').set({ first_name: 'Ada' }).where('id', '=', id).execute(),
      ),
    ),
  ]
  const startMs = performance.now()
  await migrate(database, {
    report: (name, seconds) => console.log(`${name.padEnd(36)} ${seconds.toFixed(2)} s`),
  })
  const seconds = (performance.now() - startMs) / 1000
  isOver = true
  await Promise.all(asked)
  await Promise.all([database.close(), other.close()])
  const engine = values.postgres ? 'PostgreSQL' : 'SQLite'
  console.log(
    `${values.users} users from ${values.from} on ${engine}: ${seconds.toFixed(1)} s; the longest wait of a read ${longest.readMs.toFixed(0)} ms, of a write ${longest.writeMs.toFixed(0)} ms${[...refused].map((each) => `; ${each}`).join('')}`,
  )
}
