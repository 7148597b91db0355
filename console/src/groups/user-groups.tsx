import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { User, UserGroup } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { More } from '../ui/more.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { Empty, Failed, Loading } from '../ui/states.tsx'
import { useTable } from '../ui/table-screen.tsx'
import { GroupChoice } from './group-choice.tsx'
import { useRefreshGroups } from './group-query.ts'

/** The groups of a user, including the groups that contain them. */
export function UserGroups({ user }: { user: User }) {
  const may = useMay()
  const refresh = useRefreshGroups()
  const { pages, rows } = useTable<UserGroup>(`user-groups-${user.id}`, `/users/${user.id}/groups`)
  const [error, setError] = useState<unknown>(null)
  const mayWrite = may('groups:write')
  const act = async (method: 'PUT' | 'DELETE', id: string) => {
    setError(null)
    try {
      await call(method, `/groups/${id}/members/${user.id}`)
      await refresh()
    } catch (caught) {
      setError(caught)
    }
  }
  return (
    <section className="card pad stack">
      <h2>{t('nav.groups')}</h2>
      <ProblemNotice error={error} />
      {pages.isPending && <Loading rows={3} />}
      {pages.isError && <Failed error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && rows.length === 0 && <Empty title={t('user.no_groups')} />}
      {rows.length > 0 && (
        <ul className="items">
          {rows.map(({ id, name, direct, roles }) => (
            <li key={id}>
              <span className="grow">
                <Link to="/console/groups/$id" params={{ id }} className="name">
                  {name}
                </Link>{' '}
                {!direct && <Tag>{t('user.through_group')}</Tag>}
                {roles.length > 0 && <span className="sub">{roles.join(', ')}</span>}
              </span>
              {mayWrite && direct && (
                <Button
                  kind="danger"
                  label={t('group.take_out', { name })}
                  onClick={() => void act('DELETE', id)}
                >
                  {t('group.remove')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <More pages={pages} shown={rows.length} />
      {mayWrite && (
        <GroupChoice
          label={t('user.add_to_group')}
          button={t('group.add')}
          without={rows.filter(({ direct }) => direct).map(({ id }) => id)}
          choose={(id) => act('PUT', id)}
        />
      )}
    </section>
  )
}
