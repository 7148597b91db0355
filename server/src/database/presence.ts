/** Checks whether the database and its secret key exist, without creating them. */
import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../config.ts'
import type { Database } from './database.ts'
import { isUnused, pendingMigrations } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import type { PostgresTarget } from './postgres/target.ts'

type Place = { databaseUrl: string; postgres: PostgresTarget | null; secretKey: Buffer | null }

/** The name of the database for messages, without user and password. */
export function databaseName({ databaseUrl, postgres }: Pick<Place, 'databaseUrl' | 'postgres'>): string {
  if (!postgres) return databaseUrl === 'sqlite::memory:' ? ':memory:' : resolve(fileOf(databaseUrl))
  const hosts = postgres.servers.map(({ host, port }) =>
    host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`,
  )
  return `the PostgreSQL database ${postgres.database} on ${hosts.join(', ')}`
}

/** Why there is no database; null if its file exists. A database in memory belongs to the process that created it. */
export function missingDatabase(place: Place): string | null {
  const { databaseUrl } = place
  if (!databaseUrl.startsWith('sqlite:')) return null
  if (databaseUrl === 'sqlite::memory:')
    return 'sqlite::memory: is gone when its process ends; set DATABASE_URL to a database that lasts'
  if ((statSync(fileOf(databaseUrl), { throwIfNoEntry: false })?.size ?? 0) > 0) return null
  return `There is no database at ${databaseName(place)}; run this in Roster's folder or set DATABASE_URL (\`roster migrate\` creates a new database)`
}

/** Why there is no secret key; null when there is one. */
export function missingKey({ databaseUrl, secretKey }: Place): string | null {
  if (secretKey !== null || !databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:')
    return null
  const file = `${resolve(fileOf(databaseUrl))}.key`
  if (existsSync(file)) return null
  return `There is no secret key at ${file}; put the key of this database there or set ROSTER_SECRET_KEY. If it is lost: \`openssl rand -base64 32 > ${file}\`, then \`roster keys rotate --now\``
}

/** @throws ConfigError when there is no database or no key */
export function needDatabase(place: Place): void {
  const missing = missingDatabase(place) ?? missingKey(place)
  if (missing !== null) throw new ConfigError(missing)
}

/** Why a command cannot use the database yet; null when it is up to date. */
export async function unmigrated(database: Database, name: string): Promise<string | null> {
  const pending = await pendingMigrations(database)
  if (pending.length === 0) return null
  return pending.length === migrations.length
    ? `There is no Roster in ${name} yet; correct DATABASE_URL, or run \`roster migrate\` to make it a database of Roster`
    : `${name} is of an older version (missing: ${pending.join(', ')}); run \`roster migrate\` or start the service first`
}

/**
 * Refuses to create a new key for a database whose signing keys are encrypted with another one.
 * @throws ConfigError
 */
export function refuseNewKey(place: Place): void {
  const missing = missingKey(place)
  if (missing !== null && missingDatabase(place) === null && hasSigningKeys(fileOf(place.databaseUrl)))
    throw new ConfigError(missing)
}

/**
 * Refuses a key file without its database: the database was lost, and an empty new one would hide this.
 * @throws ConfigError
 */
export async function refuseLostDatabase(database: Database, keyFile: string | null): Promise<void> {
  if (keyFile === null || !(await isUnused(database))) return
  throw new ConfigError(
    `The database for ${keyFile} is missing or empty although its secret key is there. Restore a backup, or remove ${keyFile} to start with a new database`,
  )
}

/** Does not create a log. A file that cannot be read is reported when it is opened later. */
function hasSigningKeys(file: string): boolean {
  let database: DatabaseSync | undefined
  try {
    const address = pathToFileURL(resolve(file))
    if (!existsSync(`${file}-wal`)) address.search = 'immutable=1'
    database = new DatabaseSync(address, { readOnly: true })
    return database.prepare('select 1 from signing_keys limit 1').get() !== undefined
  } catch {
    return false
  } finally {
    database?.close()
  }
}

const fileOf = (databaseUrl: string) => databaseUrl.slice('sqlite:'.length)
