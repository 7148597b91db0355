/** Starts what is measured as processes of their own, and reads what they cost. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../server/test/postgres-server.ts'

export type Running = {
  url: string
  child: ChildProcess
  cpuSeconds(): number
  rssMegabytes(): number
  stop(): Promise<void>
}

const root = new URL('..', import.meta.url).pathname

/** A command of Node that listens on `PORT` (and `ROSTER_PORT`); ready when it answers `path`. */
export function start(args: string[], settings: Record<string, string>, path: string): Promise<Running> {
  return startProgram(process.execPath, () => args, settings, path)
}

/** The same for any program that serves from one process, told its port by its arguments. */
export async function startProgram(
  program: string,
  argsFor: (port: number) => string[],
  settings: Record<string, string>,
  path: string,
): Promise<Running> {
  const port = await freePort()
  const args = argsFor(port)
  const env = { ...process.env, PORT: String(port), ROSTER_PORT: String(port), ...settings }
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; ; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended with ${child.exitCode}`)
    const answer = await fetch(`${url}${path}`).catch(() => undefined)
    if (answer?.ok) break
    if (tries > 600) throw new Error('not ready')
    await sleep(50)
  }
  const nanoseconds = new Map<string, number>()
  const look = (task: string) => {
    try {
      const text = readFileSync(`/proc/${child.pid}/task/${task}/schedstat`, 'utf8')
      nanoseconds.set(task, Number(text.split(' ')[0]))
    } catch {
      // The thread has ended; what it took before counts on.
    }
  }
  return {
    url,
    child,
    cpuSeconds() {
      readdirSync(`/proc/${child.pid}/task`).forEach(look)
      return [...nanoseconds.values()].reduce((sum, each) => sum + each, 0) / 1e9
    },
    rssMegabytes: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** What the image and the systemd unit set to keep memory small. */
const imageSettings = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  NODE_OPTIONS: '--max-semi-space-size=2',
}

export function startRoster(settings: Record<string, string>): Promise<Running> {
  return start(
    ['server/bin/roster.js', 'serve'],
    { ...imageSettings, ROSTER_RATE_LIMITS: 'off', ...settings },
    '/health/ready',
  )
}

/** The answer's JSON. @throws when it is not a success */
export async function post(
  { url }: Running,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, string>
}

export type Memory = { anonymous: number; files: number }

/** What a process holds, in MiB: its own memory, and pages of files. */
export function memoryOf({ child }: Running): Memory {
  const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8')
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0)
  const anonymous = kilobytes('Anonymous') / 1024
  return { anonymous, files: kilobytes('Rss') / 1024 - anonymous }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
