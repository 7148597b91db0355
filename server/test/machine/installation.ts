/** An installation of the service on this machine, as a process that can be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../postgres-server.ts'

const thisVersion = new URL('../../bin/roster.js', import.meta.url).pathname

export type Installation = Awaited<ReturnType<typeof createInstallation>>

/**
 * @param databaseUrl of PostgreSQL; without it, SQLite in a folder of its own
 * @param settings more environment variables of the service
 * @param of the program, and an API key that the database has already
 */
export async function createInstallation(
  databaseUrl?: string,
  settings: Record<string, string> = {},
  of: { bin?: string; token?: string } = {},
) {
  const { bin = thisVersion } = of
  const folder = mkdtempSync(join(tmpdir(), 'roster-machine-'))
  const file = join(folder, 'roster.db')
  const port = await freePort()
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: databaseUrl ?? `sqlite:${file}`,
    ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
    ROSTER_PORT: String(port),
    ROSTER_RATE_LIMITS: 'off',
    ROSTER_LOG_LEVEL: 'warn',
    NODE_OPTIONS: '--max-semi-space-size=2',
    ...settings,
  }
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let token = of.token ?? ''
  const log: string[] = []
  const unanswered: string[] = []

  const roster = async (args: string[], input = '') => {
    const command = spawn(process.execPath, [bin, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    command.stdin.end(input)
    const [out, err, [status]] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      once(command, 'exit'),
    ])
    return { status: status as number | null, out, err }
  }
  const createKey = async () => {
    const create = 'admin create --username admin --email admin@example.com --password-stdin'
    const made = await roster(create.split(' '), 'correct horse battery\n')
    if (made.status !== 0) throw new Error(made.err)
    const permissions = 'users:read,users:write,users:export'
    const key = await roster(
      `api-keys create --user admin --name faults --permissions ${permissions} --json`.split(' '),
    )
    if (key.status !== 0) throw new Error(key.err)
    return (JSON.parse(key.out) as { secret: string }).secret
  }
  const ended = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const end = once(child, 'exit')
    child.kill(signal)
    return (await end)[0] as number | null
  }

  return {
    url,
    file,
    folder,
    env,
    log,
    roster,
    get child() {
      return child!
    },
    /** An API key of an administrator, made by the first start. */
    get token() {
      return token
    },
    /** @param command runs the service, with the program and its arguments as `"$0" "$@"`, in a shell */
    spawn(command?: string): ChildProcess {
      const program: [string, string[]] = command
        ? ['sh', ['-c', command, process.execPath, bin, 'serve']]
        : [process.execPath, [bin, 'serve']]
      child = spawn(...program, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      for (const stream of [child.stdout!, child.stderr!])
        stream.on('data', (bytes: Buffer) => log.push(...String(bytes).trimEnd().split('\n')))
      return child
    },
    /** Seconds from the start of the process until it is ready. */
    async start(command?: string): Promise<number> {
      const startedMs = performance.now()
      const started = this.spawn(command)
      await until('the service', 60, async () => {
        if (started.exitCode !== null) throw new Error(`the service ended: ${log.slice(-3).join('; ')}`)
        return (await this.status('/health/ready')) === 200
      })
      const seconds = (performance.now() - startedMs) / 1000
      if (token === '') token = await createKey()
      return seconds
    },
    /** Why requests that `status` sent had no answer. */
    unanswered,
    /** The status of an answer; 0 where there is none within 15 s. */
    async status(path: string, options: RequestInit = {}): Promise<number> {
      const answer = await fetch(`${url}${path}`, {
        signal: AbortSignal.timeout(15_000),
        ...options,
      }).catch((error: Error) => {
        unanswered.push(
          `${path.split('?')[0]}: ${(error.cause as Error | undefined)?.message ?? error.message}`,
        )
        return undefined
      })
      await answer?.arrayBuffer().catch(() => undefined)
      return answer?.status ?? 0
    },
    kill: () => ended('SIGKILL'),
    /** The exit code. */
    stop: () => ended('SIGTERM'),
    /** What does not fit together in the database, in words; the empty text when all does. */
    async violations(): Promise<string> {
      const { out } = await roster(['doctor', '--deep'])
      const lines = out.split('\n').filter((line) => line.startsWith('BAD'))
      return lines.join('; ')
    },
    async remove() {
      await ended('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** @throws when it does not become true */
export async function until(what: string, seconds: number, isTrue: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + seconds * 1000
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${seconds} s`)
    await sleep(25)
  }
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
