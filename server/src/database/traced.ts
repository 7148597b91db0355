/** Spans of statements and transactions, if tracing is on. */
import type { CompiledQuery, DatabaseConnection } from 'kysely'
import type { Trace } from '../tracing/tracing.ts'
import type { Database } from './database.ts'
import type { Dialect } from './dialect.ts'

/** Runs a statement; its text has no values. */
export type TraceStatement = <T>(text: string, run: () => Promise<T>) => Promise<T>

type Description = { name: string; attributes: Record<string, string> }

/** Varying texts, such as those of searches, are described at each use. */
const keptDescriptions = 500
const shownLength = 2000

/** Statements outside of requests and mails, such as those that poll for work, have no span. */
export function traceStatements(
  name: Dialect['name'],
  trace: Trace,
  isInSpan: () => boolean,
): TraceStatement {
  const system = name === 'postgres' ? 'postgresql' : name
  const known = new Map<string, Description>()
  const described = (text: string): Description => {
    const found = known.get(text) ?? describe(system, text)
    if (known.size < keptDescriptions) known.set(text, found)
    return found
  }
  return (text, run) => (isInSpan() ? trace({ kind: 'client', ...described(text) }, run) : run())
}

function describe(system: string, text: string): Description {
  const shown = text.replace(/'(?:[^']|'')*'/g, '?')
  const [word = ''] = /\w+/.exec(shown) ?? []
  const operation = word.toUpperCase()
  const table = tableOf(withoutParentheses(shown)) ?? tableOf(shown)
  return {
    name: table === undefined ? operation : `${operation} ${table}`,
    attributes: {
      'db.system.name': system,
      'db.operation.name': operation,
      ...(table !== undefined && { 'db.collection.name': table }),
      'db.query.text': shown.slice(0, shownLength),
    },
  }
}

/** A subquery without its text leaves only `as`. */
const tableOf = (text: string) => /\b(?:from|into|update)\s+"?(?!as\b)(\w+)"?/i.exec(text)?.[1]

function withoutParentheses(text: string): string {
  const less = text.replace(/\([^()]*\)/g, '')
  return less === text ? text : withoutParentheses(less)
}

export function tracedConnection(connection: DatabaseConnection, trace: TraceStatement | undefined) {
  if (trace === undefined) return connection
  return {
    ...connection,
    executeQuery: <R>(query: CompiledQuery) =>
      trace(query.sql, async () => connection.executeQuery<R>(query)),
  }
}

/** A transaction is a span that contains its statements and the waits for its turn and for the disk. */
export function traceTransactions(database: Database, trace: Trace, isInSpan: () => boolean): Database {
  return {
    ...database,
    transaction(work, options) {
      if (!isInSpan()) return database.transaction(work, options)
      return trace({ name: 'transaction', kind: 'internal' }, (span) =>
        // The transaction may begin when another one ends, and would then have the tracing context of that transaction.
        database.transaction((tx) => (span === null ? work(tx) : span.within(() => work(tx))), options),
      )
    },
  }
}
