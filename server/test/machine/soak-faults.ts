/** An hour of ordinary work and of sign-ins that fail: nothing may grow. `SOAK_MINUTES` makes it shorter or longer. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineFault } from './fault.ts'
import { createInstallation, type Installation } from './installation.ts'

const minutes = Number(process.env['SOAK_MINUTES'] ?? 60)
const clients = 20
const pauseMs = 250
const everyMs = 500
const password = 'correct horse battery'

/** As the image and the systemd unit set it. */
const asInTheImage = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576' }

type Sample = { hours: number; mebibytes: number; files: number }
const samplesInMinute = 60_000 / everyMs

export const soakFaults: MachineFault[] = [
  {
    name: `SQLite: ${minutes} minutes of reads, lists, writes, exports, sign-ins and failed sign-ins`,
    criterion:
      'in the last three quarters, the minimum memory of each minute grows by at most 2 MiB an hour or 5%; the number of open files varies by at most 5; no 5xx except 503; all rows fit together',
    async happen() {
      const installation = await createInstallation(undefined, asInTheImage)
      await installation.start()
      await fill(installation)
      installation.unanswered.length = 0
      const samples: Sample[] = []
      const startMs = performance.now()
      const watch = setInterval(() => {
        samples.push({ hours: (performance.now() - startMs) / 3_600_000, ...sizesOf(installation) })
      }, everyMs)
      const statuses = new Map<number, number>()
      const endMs = startMs + minutes * 60_000
      const client = async (number: number) => {
        for (let turn = number; performance.now() < endMs; turn += 1) {
          const status = await work(installation, turn)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          await sleep(pauseMs)
        }
      }
      await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
      clearInterval(watch)
      const all = leastOfMinutes(samples)
      const late = all.slice(Math.floor(all.length / 4))
      const perHour = slope(late)
      const [first, last] = [average(late.slice(0, late.length / 8)), average(late.slice(-late.length / 8))]
      const growth = last / first - 1
      const files = samples.slice(samples.length / 4).map((sample) => sample.files)
      const quarters = [0, 1, 2, 3].map((at) =>
        average(all.slice((at * all.length) / 4, ((at + 1) * all.length) / 4)).toFixed(0),
      )
      const spread = Math.max(...files) - Math.min(...files)
      const rows = rowsOf(installation.file)
      const failed = [...statuses].filter(([status]) => status === 0 || (status >= 500 && status !== 503))
      const answers = failed.map(([status, count]) => `${count} times ${status}`)
      const failures = [...answers, ...new Set(installation.unanswered)].join(', ')
      await installation.stop()
      const violations = await installation.violations()
      await installation.remove()
      const requests = [...statuses.values()].reduce((sum, count) => sum + count, 0)
      const counted = Object.entries(rows).map(([table, count]) => `${count} ${table}`)
      return {
        measured: `${requests} requests; ${quarters.join(', ')} MiB in the quarters, ${perHour.toFixed(1)} MiB an hour in the last three, ${(growth * 100).toFixed(0)}%; open files within ${spread}; ${counted.join(', ')}; ${failures || 'no failure'}; ${violations || 'no violation'}`,
        ok: (perHour <= 2 || growth <= 0.05) && spread <= 5 && failed.length === 0 && violations === '',
      }
    },
  },
]

/** With this many users the caches of pages are full from the beginning, and do not look like a leak. */
async function fill({ roster }: Installation): Promise<void> {
  const lines = Array.from({ length: 100_000 }, (_, at) =>
    JSON.stringify({ username: `there-${at}`, email: `there-${at}@example.com`, first_name: `Name ${at}` }),
  )
  const { status, err } = await roster(['users', 'import', '-', '--from', 'roster'], lines.join('\n'))
  if (status !== 0) throw new Error(err)
}

/** One request, or a few that belong together. @returns the last status */
async function work(installation: Installation, turn: number): Promise<number> {
  const headers = {
    authorization: `Bearer ${installation.token}`,
    'content-type': 'application/json',
  }
  const get = (path: string) => installation.status(path, { headers })
  const signIn = (username: string, typed: string) =>
    fetch(`${installation.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: typed }),
    })
  const kind = turn % 20
  if (kind < 9) return get('/users/me')
  if (kind < 12) return get('/users?limit=50&q=soak')
  if (kind === 12) return get('/audit-events?limit=100')
  if (kind === 13 && turn % 1000 < 20) return get('/users/export')
  if (kind < 16) return createAndDelete(installation, headers)
  if (kind < 18) {
    const answer = await signIn(`nobody-${randomUUID()}`, 'wrong')
    await answer.arrayBuffer()
    return answer.status
  }
  const answer = await signIn('admin', password)
  const body = (await answer.json()) as { access_token?: string }
  if (body.access_token === undefined) return answer.status
  return installation.status('/auth/logout', {
    method: 'POST',
    headers: { authorization: `Bearer ${body.access_token}` },
  })
}

async function createAndDelete(
  { url, status }: Installation,
  headers: Record<string, string>,
): Promise<number> {
  const username = `soak-${randomUUID()}`
  const answer = await fetch(`${url}/users`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ username, email: `${username}@example.com` }),
  })
  const { id } = (await answer.json()) as { id?: string }
  if (id === undefined) return answer.status
  return status(`/users/${id}`, { method: 'DELETE', headers: { authorization: headers['authorization']! } })
}

function sizesOf({ child }: Installation): Omit<Sample, 'hours'> {
  const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8')
  const folder = `/proc/${child.pid}/fd`
  return {
    mebibytes: Number(/^Anonymous:\s+(\d+)/m.exec(rollup)?.[1]) / 1024,
    files: readdirSync(folder).filter((name) => isFile(`${folder}/${name}`)).length,
  }
}

/** No connection of a client, and not closed since the list was read. */
function isFile(link: string): boolean {
  try {
    return !readlinkSync(link).startsWith('socket:')
  } catch {
    return false
  }
}

/** A hash takes 19 MiB while it runs, and the number that run at once depends on what else the machine does. */
function leastOfMinutes(samples: readonly Sample[]): Sample[] {
  const minutes = Array.from({ length: Math.floor(samples.length / samplesInMinute) }, (_, at) =>
    samples.slice(at * samplesInMinute, (at + 1) * samplesInMinute),
  )
  return minutes.map((minute) =>
    minute.reduce((least, one) => (one.mebibytes < least.mebibytes ? one : least)),
  )
}

/** MiB an hour of the line that fits the samples best. */
function slope(samples: readonly Sample[]): number {
  const hours = samples.reduce((sum, sample) => sum + sample.hours, 0) / samples.length
  const mean = average(samples)
  let above = 0
  let below = 0
  for (const sample of samples) {
    above += (sample.hours - hours) * (sample.mebibytes - mean)
    below += (sample.hours - hours) ** 2
  }
  return above / below
}

function average(samples: readonly Sample[]): number {
  return samples.reduce((sum, sample) => sum + sample.mebibytes, 0) / samples.length
}

/** The tables that requests without an account could fill. */
function rowsOf(file: string): Record<string, number> {
  const db = new DatabaseSync(file, { readOnly: true })
  const count = (table: string) => Number(db.prepare(`select count(*) as n from ${table}`).get()!['n'])
  const rows = {
    sessions: count('sessions'),
    attempts: count('attempts'),
    'audit events': count('audit_events'),
  }
  db.close()
  return rows
}
