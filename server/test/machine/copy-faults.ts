/** Copies between the engines that are killed. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '../postgres-server.ts'
import type { MachineFault } from './fault.ts'
import { createInstallation, type Installation, until } from './installation.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname
const rounds = 20
const users = 20_000

/** Kills the copy at random moments, each run going on where the one before ended, then lets it finish. */
async function killedCopies(from: Installation, to: Installation) {
  const args = ['migrate', '--to', to.env.DATABASE_URL, '--json']
  for (let killed = 0; ; ) {
    const child = spawn(process.execPath, [bin, ...args], {
      env: from.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const end = once(child, 'exit')
    const written = Promise.all([text(child.stdout), text(child.stderr)])
    if (killed < rounds) {
      await Promise.race([end, sleep(300 + Math.random() * 1000)])
      child.kill('SIGKILL')
    }
    const [status, signal] = (await end) as [number | null, string | null]
    const [out, err] = await written
    if (signal === 'SIGKILL') killed += 1
    else if (status !== 0) throw new Error(`after ${killed} kills: ${err}`)
    else {
      const { tables } = JSON.parse(out) as { tables: { table: string; rows: number }[] }
      return { killed, users: tables.find(({ table }) => table === 'users')?.rows ?? 0 }
    }
  }
}

/** The two installations have the same key. */
async function copied(onPostgres: 'source' | 'target') {
  const server = await startPostgres({ settings: ['fsync=on'] })
  const key = { ROSTER_SECRET_KEY: randomBytes(32).toString('base64') }
  const [from, to] = [
    await createInstallation(onPostgres === 'source' ? server.url : undefined, key),
    await createInstallation(onPostgres === 'target' ? server.url : undefined, key),
  ]
  try {
    await from.start()
    await from.stop()
    const people = Array.from({ length: users }, (_, at) =>
      JSON.stringify({ username: `moved-${at}`, email: `moved-${at}@example.com` }),
    )
    const imported = await from.roster(['users', 'import', '-', '--from', 'roster'], people.join('\n'))
    if (imported.status !== 0) throw new Error(imported.err)
    const outcome = await killedCopies(from, to)
    to.spawn()
    await until('the target', 60, async () => (await to.status('/health/ready')) === 200)
    const status = await to.status('/users/me', { headers: { authorization: `Bearer ${from.token}` } })
    await to.stop()
    const violations = await to.violations()
    return {
      measured: `${outcome.killed} times killed, ${outcome.users} users afterwards, checksums the same; an API key of the source gets ${status}; ${violations || 'no violation'}`,
      ok: outcome.killed >= rounds / 4 && outcome.users === users + 1 && status === 200 && violations === '',
    }
  } finally {
    await from.remove()
    await to.remove()
    await server.stop()
  }
}

const criterion =
  'the next run continues; at the end every table has the checksum of its source, and all rows fit together'

export const copyFaults: MachineFault[] = [
  {
    name: `SQLite to PostgreSQL: the copy of ${users} users is killed up to ${rounds} times`,
    criterion,
    happen: () => copied('target'),
  },
  {
    name: `PostgreSQL to SQLite: the copy of ${users} users is killed up to ${rounds} times`,
    criterion,
    happen: () => copied('source'),
  },
]
