import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Download, Plus, Search, UserPlus } from 'lucide-react'
import { startTransition, useDeferredValue, useEffect, useRef, useState } from 'react'
import { call } from '../api/call.ts'
import { usePages } from '../api/pages.ts'
import { useMay } from '../api/session.ts'
import type { User } from '../api/types.ts'
import { BulkMenu } from '../jobs/bulk-menu.tsx'
import { Screen } from '../shell/screens.tsx'
import { counted, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { More } from '../ui/more.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { Empty, Failed, Loading, NoPermission } from '../ui/states.tsx'
import { type Column, ColumnMenu, useColumns } from './columns.tsx'
import { ExportDialog } from './export-dialog.tsx'
import { FilterChips } from './filter-chips.tsx'
import { FilterLine } from './filter-line.tsx'
import { useListKeys } from './list-keys.ts'
import { rememberOrder } from './neighbours.ts'
import { SavedViews } from './saved-views.tsx'
import { type Selection, useSelection } from './selection.ts'
import { apiQuery, isFiltered, type UserSearch, userList, usualSort } from './user-filters.ts'
import { UserTable } from './user-table.tsx'

/** The delay between the last key stroke and the search. */
const pause = 120

export function UsersScreen() {
  const may = useMay()
  return may('users:read') ? <Users /> : <NoPermission />
}

function Users() {
  const search = useSearch({ from: '/console/users' })
  const navigate = useNavigate()
  const may = useMay()
  const [isExporting, setExporting] = useState(false)
  const [hasLine, setLine] = useState(false)
  const columns = useColumns()
  const [text, setText] = useState(search.q ?? '')
  const box = useRef<HTMLInputElement>(null)
  const change = (part: UserSearch) =>
    void navigate({ to: '/console/users', search: part, replace: true, resetScroll: false })

  // A change of the URL, for example by the menu, replaces the typed text.
  useEffect(() => setText(search.q ?? ''), [search.q])
  const isPending = text !== (search.q ?? '')
  useEffect(() => {
    if (!isPending) return
    const timer = setTimeout(() => change({ ...search, q: text || undefined }), pause)
    return () => clearTimeout(timer)
  })

  const query = apiQuery(search)
  const pages = usePages<User>(...userList(search))
  const rows = pages.data?.pages.flatMap(({ items }) => items) ?? []
  const count = useCount(query)
  useEffect(() => rememberOrder(rows.map(({ id }) => id)))
  const selection = useSelection(rows)
  const keys = useListKeys(rows, box, may('users:write'), selection.toggle)

  return (
    <Screen
      title={t('users.title')}
      subtitle={count === undefined ? ' ' : counted('users.count', count)}
      actions={
        <>
          <SavedViews search={search} />
          <ColumnMenu {...columns} />
          {may('users:write') && count !== undefined && count > 0 && (
            <BulkMenu of={{ query }} count={count} />
          )}
          {may('users:export') && (
            <Button kind="quiet" icon={<Download size={16} aria-hidden />} onClick={() => setExporting(true)}>
              {t('export.open')}
            </Button>
          )}
          {may('users:write') && (
            <Button
              kind="primary"
              icon={<UserPlus size={16} aria-hidden />}
              onClick={() => navigate({ to: '/console/users/new' })}
            >
              {t('users.new')} <kbd>n</kbd>
            </Button>
          )}
        </>
      }
    >
      <div className="toolbar">
        <search className="search">
          <Search size={16} aria-hidden />
          <input
            ref={box}
            className="input"
            type="search"
            aria-label={t('users.search')}
            placeholder={t('users.search')}
            maxLength={100}
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
          <kbd>/</kbd>
        </search>
        <FilterChips search={search} change={change} />
        {!hasLine && search.filter === undefined && (
          <button type="button" className="chip" onClick={() => setLine(true)}>
            <Plus size={14} aria-hidden />
            {t('users.filter.more')}
          </button>
        )}
      </div>
      {(hasLine || search.filter !== undefined) && (
        <FilterLine
          key={search.filter ?? ''}
          value={search.filter}
          set={(filter) => change({ ...search, filter })}
          close={() => {
            setLine(false)
            if (search.filter !== undefined) change({ ...search, filter: undefined })
          }}
        />
      )}
      {selection.ids.length > 0 && (
        <section className="card pad selection" aria-label={t('bulk.selection')}>
          <span className="grow" role="status">
            {t('bulk.selected', { users: counted('users.count', selection.ids.length) })}
          </span>
          <BulkMenu of={{ ids: selection.ids }} count={selection.ids.length} />
          <Button kind="quiet" onClick={selection.clear}>
            {t('bulk.clear')} <kbd>Esc</kbd>
          </Button>
        </section>
      )}
      <List
        columns={columns.shown}
        selection={may('users:write') ? selection : null}
        pages={pages}
        rows={rows}
        search={search}
        change={change}
        currentId={rows[keys.current]?.id}
        clear={() => change(search.sort ? { sort: search.sort } : {})}
      />
      <ExportDialog isOpen={isExporting} onClose={() => setExporting(false)} query={query} />
    </Screen>
  )
}

type ListProps = {
  columns: ReadonlySet<Column>
  selection: Selection | null
  pages: ReturnType<typeof usePages<User>>
  rows: User[]
  search: UserSearch
  change(part: UserSearch): void
  currentId: string | undefined
  clear(): void
}

function List({ columns, selection, pages, rows, search, change, currentId, clear }: ListProps) {
  const first = useFirst(rows)
  if (pages.isPending || (first.length === 0 && rows.length > 0)) return <Loading rows={8} />
  if (pages.isError && rows.length === 0) {
    if (!isFiltered(search)) return <Failed error={pages.error} retry={() => void pages.refetch()} />
    return <ProblemNotice error={pages.error} />
  }
  if (rows.length === 0)
    return isFiltered(search) ? (
      <Empty title={t('users.none_match')}>
        <Button onClick={clear}>{t('users.clear')}</Button>
      </Empty>
    ) : (
      <Empty title={t('users.none')} text={t('users.none_text')} />
    )
  return (
    <>
      <UserTable
        columns={columns}
        selection={selection}
        rows={first}
        sort={search.sort ?? usualSort}
        setSort={(sort) => change({ ...search, sort: sort === usualSort ? undefined : sort })}
        currentId={currentId}
        isStale={pages.isPlaceholderData}
      />
      {first.length === rows.length && (
        <More pages={pages} shown={rows.length}>
          <span className="keys">
            <span>
              <kbd>j</kbd> <kbd>k</kbd> {t('keys.move')}
            </span>
            <span>
              <kbd>Enter</kbd> {t('keys.open')}
            </span>
            <span>
              <kbd>/</kbd> {t('keys.search')}
            </span>
            {selection && (
              <span>
                <kbd>x</kbd> {t('keys.select')}
              </span>
            )}
          </span>
        </More>
      )}
    </>
  )
}

/** Approximately the number of rows in a window. */
const atOnce = 15

/** The rows to render: first those that fit into the window, then the others in a transition. */
function useFirst(rows: User[]): User[] {
  const [most, setMost] = useState(atOnce)
  const isWhole = most >= rows.length
  const shown = useDeferredValue(isWhole ? rows : rows.slice(0, most))
  useEffect(() => {
    if (!isWhole && shown.length > 0) startTransition(() => setMost(Number.POSITIVE_INFINITY))
  }, [isWhole, shown.length])
  return shown
}

/** The number of matching users. It is requested separately, so that the rows do not wait for it. */
function useCount(query: ReturnType<typeof apiQuery>): number | undefined {
  const { data } = useQuery({
    queryKey: ['users', 'count', query],
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    async queryFn({ signal }) {
      const { headers } = await call<User[]>('GET', '/users', {
        query: { ...query, limit: 1, fields: 'id', count: 'exact' },
        signal,
      })
      return Number(headers.get('x-total-count'))
    },
  })
  return data
}
