/** A PostgreSQL that encrypts, with a certificate of its own authority for `localhost`. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type PostgresServer, startPostgres } from '../postgres-server.ts'

export type EncryptedServer = PostgresServer & {
  /** File of the authority. */
  ca: string
  /** Runs statements as the superuser, who needs no password. */
  run(...statements: string[]): Promise<pg.QueryResult>
}

/** @param rules of `pg_hba.conf`, before those that let everyone in */
export async function startEncryptedPostgres(
  rules: string,
  settings: string[] = [],
): Promise<EncryptedServer> {
  const owner = process.getuid?.() === 0 ? 65534 : process.getuid!()
  const folder = mkdtempSync(join(tmpdir(), 'roster-tls-'))
  chownSync(folder, owner, owner)
  const data = join(folder, 'db')
  const server = await startPostgres({ data, settings })
  const [key, ca, certificate] = ['server.key', 'ca.pem', 'server.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost'
  execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', ca], { stdio: 'ignore' })
  writeFileSync(certificate, readFileSync(ca))
  for (const file of [key, certificate]) chownSync(file, owner, owner)
  const file = join(data, 'pg_hba.conf')
  const others = readFileSync(file, 'utf8')
  writeFileSync(file, rules)
  appendFileSync(file, others)
  const run = async (...statements: string[]) => {
    const client = new pg.Client(server.url)
    await client.connect()
    let last: pg.QueryResult | undefined
    for (const statement of statements) last = await client.query(statement)
    await client.end()
    return last!
  }
  await run(
    'alter system set ssl = on',
    `alter system set ssl_cert_file = '${certificate}'`,
    `alter system set ssl_key_file = '${key}'`,
    'select pg_reload_conf()',
  )
  return {
    ...server,
    ca,
    run,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
