/** A real PgBouncer in front of a server, for the tests of poolers. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, untilReady } from './postgres-server.ts'

const program = process.env['PGBOUNCER'] ?? 'pgbouncer'

/** What `pgbouncer --version` says first, or null where there is none. */
export function pgbouncerVersion(): string | null {
  try {
    const path = `${process.env['PATH']}:/usr/sbin`
    return execFileSync(program, ['--version'], { env: { ...process.env, PATH: path } })
      .toString()
      .split('\n')[0]!
  } catch {
    return null
  }
}

/** Starts PgBouncer with its defaults but for the mode. @returns the same URL through it */
export async function startPgbouncer(serverUrl: string, mode: 'session' | 'transaction') {
  const folder = mkdtempSync(join(tmpdir(), 'roster-pgbouncer-'))
  const port = await freePort()
  const server = new URL(serverUrl)
  const database = server.pathname.slice(1)
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(join(folder, 'users.txt'), '"postgres" ""\n')
  writeFileSync(
    file,
    `[databases]
${database} = host=127.0.0.1 port=${server.port} dbname=${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users.txt')}
pool_mode = ${mode}
default_pool_size = ${mode === 'transaction' ? 4 : 20}
logfile = ${join(folder, 'log')}
`,
  )
  // PgBouncer refuses to run as root.
  const isRoot = process.getuid?.() === 0
  chmodSync(folder, 0o755)
  if (isRoot) chownSync(folder, 65534, 65534)
  const child: ChildProcess = spawn(program, [...(isRoot ? ['-u', 'nobody'] : []), '-q', file], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  })
  const url = Object.assign(new URL(serverUrl), { port: String(port) }).toString()
  await untilReady(url, 'PgBouncer')
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      // From 1.23 on it waits for its clients after SIGTERM.
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
