/** A real PostgreSQL and a standby that streams from it, in one folder. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, type PostgresServer, startPostgres } from './postgres-server.ts'

export type PostgresPair = {
  primary: PostgresServer
  standby: PostgresServer
  /** The address of the database `roster` as its owner, who is no superuser. */
  url(server: PostgresServer): string
  stop(): Promise<void>
}

export async function startPostgresPair(): Promise<PostgresPair> {
  const folder = join(tmpdir(), `roster-standby-${randomBytes(6).toString('hex')}`)
  const data = (name: string) => join(folder, name)
  execFileSync('mkdir', ['-m', '755', folder])
  const port = await freePort()
  const startPrimary = () =>
    startPostgres({ port, data: data('primary'), settings: ['fsync=off', 'wal_level=replica'] })
  const first = await startPrimary()
  const client = new pg.Client(first.url)
  await client.connect()
  await client.query('create role roster login')
  await client.query('create database roster owner roster')
  await client.end()
  await first.stop()
  execFileSync('cp', ['-a', data('primary'), data('standby')])
  writeFileSync(join(data('standby'), 'standby.signal'), '')
  const primary = await startPrimary()
  const conninfo = `primary_conninfo=host=127.0.0.1 port=${port} user=postgres`
  const standby = await startPostgres({ data: data('standby'), settings: [conninfo, 'hot_standby=on'] })
  return {
    primary,
    standby,
    url: (server) => `postgres://roster@127.0.0.1:${server.port}/roster`,
    async stop() {
      await standby.stop()
      await primary.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
