import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowDown, ArrowUp, BadgeCheck } from 'lucide-react'
import { memo, useCallback, useEffect, useRef } from 'react'
import type { User } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Avatar, Tag, Time } from '../ui/bits.tsx'
import { type Column, columnLabel } from './columns.tsx'
import type { Selection } from './selection.ts'
import { fullName, UserStatus } from './user-status.tsx'

type Props = {
  columns: ReadonlySet<Column>
  /** The selection; null for users who may change nothing. */
  selection: Selection | null
  rows: readonly User[]
  sort: string
  setSort(sort: string): void
  currentId: string | undefined
  isStale: boolean
}

export function UserTable({ columns, selection, rows, sort, setSort, currentId, isStale }: Props) {
  const heading = (field: string, label: string) => (
    <SortHeading field={field} label={label} sort={sort} setSort={setSort} />
  )
  const latest = useRef(selection)
  useEffect(() => {
    latest.current = selection
  })
  const select = useCallback((id: string, isRange: boolean) => latest.current?.toggle(id, isRange), [])
  return (
    <div className={isStale ? 'card table-box stale' : 'card table-box'}>
      <table className="cards">
        <thead>
          <tr>
            {selection && (
              <th className="pick">
                <input
                  type="checkbox"
                  aria-label={t('bulk.select_all')}
                  checked={selection.ids.length > 0 && selection.ids.length === rows.length}
                  onChange={({ target }) => selection.all(target.checked)}
                />
              </th>
            )}
            {heading('username', t('user.name'))}
            {columns.has('email') && heading('email', t('user.email'))}
            {columns.has('status') && <th>{t('user.status')}</th>}
            {columns.has('roles') && <th>{t('user.roles')}</th>}
            {columns.has('external_id') && <th>{t('user.external_id')}</th>}
            {columns.has('last_login_at') && heading('last_login_at', t('user.last_sign_in'))}
            {columns.has('updated_at') && heading('updated_at', t('user.updated'))}
            {columns.has('created_at') && heading('created_at', t('user.created'))}
          </tr>
        </thead>
        <tbody>
          {rows.map((user) => (
            <Row
              key={user.id}
              columns={columns}
              user={user}
              isCurrent={user.id === currentId}
              isSelected={selection ? selection.ids.includes(user.id) : null}
              select={select}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

type RowProps = {
  columns: ReadonlySet<Column>
  user: User
  isCurrent: boolean
  /** null if the user may select nothing. */
  isSelected: boolean | null
  select(id: string, isRange: boolean): void
}

const Row = memo(function Row({ columns, user, isCurrent, isSelected, select }: RowProps) {
  const navigate = useNavigate()
  const row = useRef<HTMLTableRowElement>(null)
  useEffect(() => {
    if (isCurrent) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isCurrent])
  const open = () => void navigate({ to: '/console/users/$id', params: { id: user.id } })
  const name = fullName(user)
  return (
    <tr
      ref={row}
      className={isCurrent ? 'link-row current' : 'link-row'}
      onClick={(event) => {
        const isLink = event.target instanceof Element && event.target.closest('a, button, .pick')
        if (!isLink && getSelection()?.isCollapsed !== false) open()
      }}
    >
      {isSelected !== null && (
        <td className="pick">
          <input
            type="checkbox"
            aria-label={t('bulk.select', { name: user.username })}
            checked={isSelected}
            onChange={() => {}}
            onClick={({ shiftKey }) => select(user.id, shiftKey)}
          />
        </td>
      )}
      <td className="line">
        <span className="who">
          <Avatar name={name || user.username} />
          <span>
            <Link className="name" to="/console/users/$id" params={{ id: user.id }} title={user.username}>
              {user.username}
            </Link>
            {name && (
              <span className="sub" title={name}>
                {name}
              </span>
            )}
          </span>
        </span>
      </td>
      {columns.has('email') && (
        <td className="line">
          <span className="email">
            <span className="text" title={user.email ?? ''}>
              {user.email ?? '–'}
            </span>
            {user.email_verified && <BadgeCheck size={16} aria-label={t('user.verified')} />}
          </span>
        </td>
      )}
      {columns.has('status') && (
        <td className="tight inline">
          <UserStatus user={user} />
        </td>
      )}
      {columns.has('roles') && (
        <td className="inline">
          <span className="tags">
            {user.roles.map((role) => (
              <Tag key={role}>{role}</Tag>
            ))}
          </span>
        </td>
      )}
      {columns.has('external_id') && (
        <td className="line" data-label={t('user.external_id')}>
          {user.external_id ?? <span className="dim">–</span>}
        </td>
      )}
      {(['last_login_at', 'updated_at', 'created_at'] as const)
        .filter((column) => columns.has(column))
        .map((column) => (
          <td
            key={column}
            className={column === 'created_at' ? 'tight spare' : 'tight'}
            data-label={columnLabel(column)}
          >
            <Time at={user[column]} />
          </td>
        ))}
    </tr>
  )
})

type HeadingProps = { field: string; label: string; sort: string; setSort(sort: string): void }

function SortHeading({ field, label, sort, setSort }: HeadingProps) {
  const isUp = sort === field
  const isDown = sort === `-${field}`
  const isTime = field.endsWith('_at')
  const next = isUp || (isTime && !isDown) ? `-${field}` : field
  return (
    <th aria-sort={isUp ? 'ascending' : isDown ? 'descending' : 'none'}>
      <button type="button" onClick={() => setSort(next)}>
        {label}
        {isUp && <ArrowUp size={14} aria-hidden />}
        {isDown && <ArrowDown size={14} aria-hidden />}
      </button>
    </th>
  )
}
