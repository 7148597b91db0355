/** Opens the engine that the URL names. */
import type { Database } from './database.ts'
import type { Pooler } from './postgres/client.ts'
import { openPostgres } from './postgres/postgres.ts'
import { type PostgresTarget, postgresTarget } from './postgres/target.ts'
import { openSqlite } from './sqlite/sqlite.ts'

export type DatabaseOptions = {
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. */
  url: string
  /** Connections of this process (PostgreSQL). */
  poolSize: number
  /** What the URL and the environment say of PostgreSQL; without it the URL alone counts. */
  postgres?: PostgresTarget | null
  pooler?: Pooler
}

/** What `openDatabase` needs of the settings. */
export function databaseOptions(config: {
  databaseUrl: string
  databasePoolSize: number
  databasePooler: Pooler
  postgres: PostgresTarget | null
}): DatabaseOptions {
  const { databaseUrl: url, databasePoolSize: poolSize, databasePooler: pooler, postgres } = config
  return { url, poolSize, pooler, postgres }
}

/** Opens the database; nothing is created or migrated but an empty SQLite file. */
export function openDatabase(options: DatabaseOptions): Database {
  if (options.url.startsWith('sqlite:')) return openSqlite(options.url.slice('sqlite:'.length))
  const target = options.postgres ?? postgresTarget(options.url)
  return openPostgres(target, options.poolSize, options.pooler ?? 'auto')
}
