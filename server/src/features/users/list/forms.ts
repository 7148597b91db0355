/** Keeps the built statements of lists: building a statement often takes longer than running it. */

import type { CompiledQuery } from 'kysely'
import { dropOldest } from '../../../caches/drop-oldest.ts'
import type { Database, Prepared, Reader } from '../../../database/database.ts'
import type { PageOf } from '../../../page.ts'
import { type Filter, isJsonField } from '../filter/filter.ts'
import type { UserQuery } from './user-query.ts'

export type Asked = {
  query: UserQuery
  page: PageOf
  newest?: Newest | undefined
  /** All users that may match, as the parameter of the dialect. */
  seqs?: unknown
}
/** A list of numbers as the parameter of the dialect, and the lowest of them. */
export type Newest = { list: unknown; lowest: unknown }
export type Built<Row> = { compile(): CompiledQuery<Row>; execute(): Promise<Row[]> }
type Kept = { statement: Prepared<unknown>; parameters: readonly unknown[] }

const atMost = 200

export function createFormStatements(database: Database) {
  const kept = new Map<string, Kept>()

  const statementOf = (key: string, build: () => Built<unknown>): Kept => {
    const known = kept.get(key)
    if (known) return known
    const compiled = build().compile()
    const made = { statement: database.prepare(compiled), parameters: compiled.parameters }
    if (kept.size >= atMost) dropOldest(kept)
    kept.set(key, made)
    return made
  }

  /** Runs the statement that `build` makes for the query and page. `name` distinguishes statements for the same query. */
  return async <Row>(
    from: Reader,
    name: string,
    asked: Asked,
    build: (asked: Asked) => Built<Row>,
  ): Promise<Row[]> => {
    const values: unknown[] = []
    const form = formOf(asked, (value) => `${mark}${values.push(value) - 1}`)
    if (form === undefined) return build(asked).execute()
    const { statement, parameters } = statementOf(`${name} ${JSON.stringify(form)}`, () => build(form))
    return statement.in(
      from,
      ...parameters.map((each) => (isMark(each) ? values[markedBy(each)] : each)),
    ) as Promise<Row[]>
  }
}

/** A character that texts from clients never contain. */
const mark = '\0'
const isMark = (parameter: unknown): parameter is string =>
  typeof parameter === 'string' && parameter.startsWith(mark)
const markedBy = (parameter: string): number => Number(parameter.slice(mark.length))

/** The query with placeholders instead of values; undefined when the statement depends on the values themselves. */
function formOf({ query, page, newest, seqs }: Asked, marked: (value: unknown) => string): Asked | undefined {
  const filters = query.filters.map((filter) => filterForm(filter, marked))
  if (!filters.every((each) => each !== undefined)) return undefined
  const markedIf = (text: string | undefined) => (text === undefined ? undefined : marked(text))
  return {
    query: {
      ...query,
      filters,
      words: query.words.map(marked),
      role: markedIf(query.role),
      group: markedIf(query.group),
    },
    page: { ...page, position: page.position?.map(marked) ?? null },
    newest: newest && { list: marked(newest.list), lowest: marked(newest.lowest) },
    ...(seqs !== undefined && { seqs: marked(seqs) }),
  }
}

function filterForm(filter: Filter, marked: (value: unknown) => string): Filter | undefined {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const items = filter.items.map((item) => filterForm(item, marked))
      return items.every((each) => each !== undefined) ? { ...filter, items } : undefined
    }
    case 'not': {
      const item = filterForm(filter.item, marked)
      return item && { ...filter, item }
    }
    case 'pr':
      return filter
    case 'co':
    case 'sw':
    case 'ew':
      return undefined
    default:
      if (isJsonField(filter.field)) return undefined
      if (typeof filter.value === 'boolean' || filter.field.name === 'status') return filter
      return typeof filter.value === 'string' ? { ...filter, value: marked(filter.value) } : undefined
  }
}
