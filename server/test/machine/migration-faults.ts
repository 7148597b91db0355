/** Migrations that are killed. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createDatabase, startPostgres } from '../postgres-server.ts'
import type { MachineFault } from './fault.ts'
import { createInstallation, type Installation } from './installation.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname
const rounds = 20

const migrate = ({ env }: Installation) =>
  execFileSync(process.execPath, [bin, 'migrate'], { env, stdio: 'pipe' })

/** Kills the migration of one installation at a random moment of the time that it takes, and migrates again. */
async function killedWithin(ms: number, installation: Installation): Promise<boolean> {
  const child = spawn(process.execPath, [bin, 'migrate'], { env: installation.env, stdio: 'ignore' })
  const end = once(child, 'exit')
  await sleep(Math.random() * ms)
  const isKilled = child.kill('SIGKILL')
  await end
  migrate(installation)
  return isKilled
}

/**
 * @param installationOf makes an installation on an empty database
 * @param schemaOf everything in its database that migrations make, as text
 */
async function compare(
  installationOf: (round: number) => Promise<Installation>,
  schemaOf: (installation: Installation) => Promise<string>,
) {
  let ms = Number.POSITIVE_INFINITY
  let expected = ''
  for (let round = -3; round < 0; round += 1) {
    const clean = await installationOf(round)
    const startMs = performance.now()
    migrate(clean)
    ms = Math.min(ms, performance.now() - startMs)
    expected = await schemaOf(clean)
    await clean.remove()
  }
  let equal = 0
  let killed = 0
  for (let round = 1; round <= rounds; round += 1) {
    const installation = await installationOf(round)
    if (await killedWithin(ms, installation)) killed += 1
    if ((await schemaOf(installation)) === expected) equal += 1
    await installation.remove()
  }
  return {
    measured: `${killed} killed within ${(ms / 1000).toFixed(1)} s, ${equal} of ${rounds} equal to a migration that was not killed`,
    ok: equal === rounds && killed >= rounds / 4,
  }
}

const criterion = `${rounds} of ${rounds} databases are equal to one of a migration that was not killed`

export const migrationFaults: MachineFault[] = [
  {
    name: 'SQLite: the migration is killed 20 times',
    criterion,
    happen: () =>
      compare(
        () => createInstallation(),
        async ({ file }) => {
          const db = new DatabaseSync(file, { readOnly: true })
          const names = db.prepare('select name from schema_migrations order by name').all()
          const schema = db.prepare('select type, name, sql from sqlite_schema order by type, name').all()
          db.close()
          return JSON.stringify([names, schema])
        },
      ),
  },
  {
    name: 'PostgreSQL: the migration is killed 20 times',
    criterion,
    async happen() {
      const server = await startPostgres()
      try {
        return await compare(
          async (round) => createInstallation(await createDatabase(server.url, `round${round + 3}`)),
          async ({ env }) => {
            const client = new pg.Client(env.DATABASE_URL)
            await client.connect()
            const lists = []
            for (const statement of [
              'select name from schema_migrations order by name',
              "select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns where table_schema = 'public' order by 1, 2",
              "select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1",
              "select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace order by conrelid::regclass::text, 1",
              'select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by tgrelid::regclass::text, 1',
            ])
              lists.push((await client.query(statement)).rows)
            await client.end()
            return JSON.stringify(lists)
          },
        )
      } finally {
        await server.stop()
      }
    },
  },
]
