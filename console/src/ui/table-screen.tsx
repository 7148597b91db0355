/** A screen that lists things of one kind in a table, page by page. */
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { usePages } from '../api/pages.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { More } from './more.tsx'
import { Empty, Failed, Loading } from './states.tsx'

export type Column<Item> = {
  head: string
  cell(item: Item): ReactNode
  /** The column is as narrow as its content. */
  isTight?: boolean
  /** In a narrow window, where a row is a card, the heading is shown before the value. */
  isLabelled?: boolean
}

type Query = Record<string, string | number | boolean | undefined>

/** The list at `path`. `key` is its name in the cache. */
export function useTable<Item>(key: string, path: string, query: Query = {}) {
  const queries = useQueryClient()
  const pages = usePages<Item>(key, path, { limit: 50, ...query })
  return {
    pages,
    rows: pages.data?.pages.flatMap(({ items }) => items) ?? [],
    refresh: () => queries.invalidateQueries({ queryKey: [key] }),
  }
}

type Props<Item> = {
  title: string
  subtitle?: ReactNode
  /** The buttons next to the title. */
  actions?: ReactNode
  table: Pick<ReturnType<typeof useTable<Item>>, 'pages' | 'rows'>
  idOf(item: Item): string
  columns: readonly Column<Item>[]
  /** The buttons of a row. */
  rowActions?(item: Item): ReactNode
  /** The text for an empty list. */
  empty: { title: string; text?: string }
  /** Shown between the title and the table. */
  children?: ReactNode
}

export function TableScreen<Item>(props: Props<Item>) {
  const { title, subtitle, actions, table, empty, children } = props
  const { pages, rows } = table
  return (
    <Screen title={title} subtitle={subtitle} actions={actions}>
      {children}
      {pages.isPending && <Loading rows={3} />}
      {pages.isError && <Failed error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && rows.length === 0 && <Empty {...empty} />}
      {rows.length > 0 && (
        <>
          <Table {...props} />
          <More pages={pages} shown={rows.length} />
        </>
      )}
    </Screen>
  )
}

function Table<Item>({ table, idOf, columns, rowActions }: Props<Item>) {
  return (
    <div className="card table-box">
      <table className="cards">
        <thead>
          <tr>
            {columns.map(({ head }) => (
              <th key={head}>{head}</th>
            ))}
            {rowActions && (
              <th>
                <span className="sr-only">{t('actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((item) => (
            <tr key={idOf(item)}>
              {columns.map(({ head, cell, isTight, isLabelled }) => (
                <td key={head} className={isTight ? 'tight' : undefined} data-label={isLabelled && head}>
                  {cell(item)}
                </td>
              ))}
              {rowActions && <td className="tight">{rowActions(item)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
