/** Opens the engine of the URL. */

import type { Tracing } from '../tracing/tracing.ts'
import { traceBy } from '../tracing/tracing.ts'
import type { Database } from './database.ts'
import type { Pooler } from './postgres/client.ts'
import { openPostgres } from './postgres/postgres.ts'
import { type PostgresTarget, postgresTarget } from './postgres/target.ts'
import { openSqlite } from './sqlite/sqlite.ts'
import { traceStatements, traceTransactions } from './traced.ts'

export type DatabaseOptions = {
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. */
  url: string
  /** Connections of this process (PostgreSQL). */
  poolSize: number
  /** The connection to PostgreSQL from the URL and the environment; without it only the URL is used. */
  postgres?: PostgresTarget | null
  /** A standby for lists, searches and exports. */
  standby?: PostgresTarget | null
  pooler?: Pooler
  tracing?: Tracing | null
}

/** The settings for `openDatabase`. */
export function databaseOptions(config: {
  databaseUrl: string
  databasePoolSize: number
  databasePooler: Pooler
  postgres: PostgresTarget | null
  standby: PostgresTarget | null
}): DatabaseOptions {
  const { databaseUrl: url, databasePoolSize: poolSize, databasePooler: pooler, postgres, standby } = config
  return { url, poolSize, pooler, postgres, standby }
}

/** Opens the database. It creates an empty SQLite file if necessary, and does not migrate. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, tracing } = options
  const engine = url.startsWith('sqlite:') ? 'sqlite' : 'postgres'
  const traces = tracing && ([traceBy(tracing), tracing.isInSpan] as const)
  const statements = traces ? traceStatements(engine, ...traces) : undefined
  const database =
    engine === 'sqlite'
      ? openSqlite(url.slice('sqlite:'.length), statements)
      : openPostgres(
          options.postgres ?? postgresTarget(url),
          { size: options.poolSize, pooler: options.pooler ?? 'auto', trace: statements },
          options.standby,
        )
  return traces ? traceTransactions(database, ...traces) : database
}
