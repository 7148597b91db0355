import {
  type CompiledQuery,
  type DatabaseConnection,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Dialect, Tx } from '../src/database/database.ts'
import { migrations } from '../src/database/migrations/index.ts'
import { postgresDialect } from '../src/database/postgres/dialect.ts'
import type { Tables } from '../src/database/schema/schema.ts'
import { sqliteDialect } from '../src/database/sqlite/dialect.ts'

/** The statements of all migrations, for each engine, by running them on a driver that only writes down. */
export async function schemaText(): Promise<string> {
  const sqlite = await statementsOf(sqliteDialect)
  const postgres = await statementsOf(postgresDialect)
  return `-- The schema as the migrations make it (npm run generate).\n\n-- SQLite\n\n${sqlite}\n\n-- PostgreSQL\n\n${postgres}\n`
}

async function statementsOf(dialect: Dialect): Promise<string> {
  const statements: string[] = []
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      statements.push(query.sql)
      return { rows: [] }
    },
    streamQuery() {
      throw new Error('nothing to stream')
    },
  }
  const isSqlite = dialect.name === 'sqlite'
  const driver = Object.assign(new DummyDriver(), { acquireConnection: async () => connection })
  const db = new Kysely<Tables>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => (isSqlite ? new SqliteAdapter() : new PostgresAdapter()),
      createIntrospector: (of) => (isSqlite ? new SqliteIntrospector(of) : new PostgresIntrospector(of)),
      createQueryCompiler: () => (isSqlite ? new SqliteQueryCompiler() : new PostgresQueryCompiler()),
    },
  })
  for (const migration of migrations) await migration.up(db as unknown as Tx, dialect)
  return statements.map(laidOut).join('\n\n')
}

/** One column or constraint a line. */
function laidOut(statement: string): string {
  const spaced = statement.replace(/\s+/g, ' ').trim()
  if (!/^create table /i.test(spaced)) return `${spaced};`
  const open = spaced.indexOf('(')
  const close = spaced.lastIndexOf(')')
  const parts = spaced.slice(open + 1, close).split(/, (?=")|, (?=constraint )|, (?=primary key)/)
  return `${spaced.slice(0, open)}(\n  ${parts.join(',\n  ')}\n)${spaced.slice(close + 1)};`
}
