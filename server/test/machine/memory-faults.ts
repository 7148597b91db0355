/** The service in containers with little memory. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { MachineFault } from './fault.ts'
import { createInstallation, type Installation } from './installation.ts'
import { limitMemory, type MemoryLimit } from './memory-limit.ts'

const password = 'correct horse battery'
/** As the image and the systemd unit set it. */
const asInTheImage = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576' }
/** What the image runs. The sources would need 25 MiB more, to strip their types. */
const bundle = new URL('../../../dist/roster/roster.cjs', import.meta.url).pathname

export const memoryFaults: MachineFault[] = [
  {
    name: '128 MiB of memory: an import, a sign-up, sign-ins, lists, searches, changes, an export',
    criterion: 'ready, every answer is a success, alive; doctor names the limits',
    happen: () => tryWith(128, tryAll),
  },
  {
    name: '256 MiB of memory: the same, and 100 sign-ins at once',
    criterion: 'ready, every answer is a success, or 503 for sign-ins; alive',
    happen: () =>
      tryWith(256, async (installation) => {
        const statuses = await tryAll(installation)
        const signIns = await Promise.all(Array.from({ length: 100 }, () => signIn(installation, 'first')))
        return [...statuses, ...signIns.filter((status) => status !== 503)]
      }),
  },
]

async function tryWith(mebibytes: number, work: (installation: Installation) => Promise<number[]>) {
  if (!existsSync(bundle)) throw new Error(`${bundle} is missing; run npm run build`)
  const memory = limitMemory(mebibytes)
  const installation = await createInstallation(undefined, asInTheImage, { bin: bundle })
  try {
    const seconds = await installation.start(memory.command)
    const statuses = await work(installation)
    const { exitCode, signalCode } = installation.child
    const isAlive = exitCode === null && signalCode === null
    const failed = statuses.filter((status) => status < 200 || status > 299)
    const peak = memory.peakMiB()
    const limits = await limitsOf(installation, memory)
    const end = isAlive ? 'alive' : `ended with ${signalCode ?? exitCode}`
    return {
      measured: `ready after ${seconds.toFixed(1)} s; ${statuses.length} answers, ${failed.length > 0 ? `${failed.length} failed (${[...new Set(failed)].join(', ')})` : 'all successful'}; ${end}; ${peak.toFixed(0)} MiB at most with pages of files; doctor: ${limits}`,
      ok: isAlive && failed.length === 0 && limits.startsWith(`${mebibytes} MiB`),
    }
  } finally {
    await installation.remove()
    memory.remove()
  }
}

/** What `roster doctor` says about memory within the same limit. */
async function limitsOf({ env }: Installation, { command }: MemoryLimit): Promise<string> {
  const child = spawn('sh', ['-c', command, process.execPath, bundle, 'doctor'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return /memory: (.*)/.exec(await text(child.stdout))?.[1] ?? 'nothing'
}

function signIn({ status }: Installation, username: string): Promise<number> {
  return status('/auth/login', jsonOf({ username, password }))
}

/** What users and administrators do, once or more often. @returns the statuses of the answers */
async function tryAll(installation: Installation): Promise<number[]> {
  const { url, token } = installation
  const headers = { authorization: `Bearer ${token}` }
  const statuses: number[] = []
  const ask = async (path: string, options: RequestInit = {}) => {
    const answer = await fetch(`${url}${path}`, {
      ...options,
      headers: { ...headers, ...options.headers },
    }).catch(() => undefined)
    if (!answer) throw new Error(`no answer to ${path} after ${statuses.length} others`)
    statuses.push(answer.status)
    return answer.text()
  }
  const rows = Array.from({ length: 2000 }, (_, at) =>
    JSON.stringify({ username: `person.${at}`, email: `person.${at}@example.com`, first_name: 'Ada' }),
  )
  await ask('/users/import', {
    method: 'POST',
    body: rows.join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  })
  const { headers: json, ...signUp } = jsonOf({ username: 'first', email: 'first@example.com', password })
  statuses.push(await installation.status('/users', { ...signUp, headers: json }))
  for (let turn = 0; turn < 20; turn += 1) {
    statuses.push(...(await Promise.all([signIn(installation, 'first'), signIn(installation, 'first')])))
    await Promise.all([ask('/users?limit=200'), ask('/users?q=ada'), ask('/openapi.json')])
    const made = JSON.parse(
      await ask('/users', jsonOf({ username: `made.${turn}`, email: `made.${turn}@example.com` })),
    ) as { id: string }
    const change = jsonOf({ last_name: 'Lovelace' }, 'PATCH', 'application/merge-patch+json')
    await ask(`/users/${made.id}`, change)
  }
  await ask('/users/export')
  return statuses
}

function jsonOf(body: object, method = 'POST', type = 'application/json') {
  return { method, body: JSON.stringify(body), headers: { 'content-type': type } }
}
