import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/call.ts'
import type { Group } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { Failed, Loading } from '../ui/states.tsx'
import { GroupChoice } from './group-choice.tsx'
import { readGroup, useRefreshGroups } from './group-query.ts'

type Named = { id: string; name: string }

/** The groups in a group, and the groups that contain it. */
export function NestedGroups({ group, mayWrite }: { group: Group; mayWrite: boolean }) {
  const refresh = useRefreshGroups()
  const [error, setError] = useState<unknown>(null)
  const path = `/groups/${group.id}/groups`
  const children = useQuery({
    queryKey: ['children', group.id],
    queryFn: async () => (await call<Named[]>('GET', path)).data,
  })
  const parents = useQuery({
    queryKey: ['group-parents', group.id, group.parents],
    queryFn: async () =>
      (await Promise.all(group.parents.map((id) => readGroup(id)))).map((read) => read.group as Named),
  })
  const act = async (method: 'PUT' | 'DELETE', id: string) => {
    setError(null)
    try {
      await call(method, `${path}/${id}`)
      await refresh()
    } catch (caught) {
      setError(caught)
    }
  }
  if (children.isPending || parents.isPending) return <Loading rows={3} />
  if (children.isError) return <Failed error={children.error} retry={() => void children.refetch()} />
  if (parents.isError) return <Failed error={parents.error} retry={() => void parents.refetch()} />
  return (
    <div className="stack">
      <ProblemNotice error={error} />
      <section className="card pad stack">
        <h2>{t('group.inside')}</h2>
        <p className="dim">{t('group.inside_text')}</p>
        <GroupNames
          groups={children.data}
          none={t('group.none_inside')}
          {...(mayWrite && { remove: (id: string) => act('DELETE', id) })}
        />
        {mayWrite && (
          <GroupChoice
            label={t('group.put_inside')}
            button={t('group.add')}
            without={[group.id, ...children.data.map(({ id }) => id)]}
            choose={(id) => act('PUT', id)}
          />
        )}
      </section>
      <section className="card pad stack">
        <h2>{t('group.around')}</h2>
        <p className="dim">{t('group.around_text')}</p>
        <GroupNames groups={parents.data} none={t('group.none_around')} />
      </section>
    </div>
  )
}

function GroupNames({
  groups,
  none,
  remove,
}: {
  groups: readonly Named[]
  none: string
  remove?: (id: string) => Promise<void>
}) {
  if (groups.length === 0) return <p>{none}</p>
  return (
    <ul className="items">
      {groups.map(({ id, name }) => (
        <li key={id}>
          <Link to="/console/groups/$id" params={{ id }} search={{ tab: 'groups' }} className="name grow">
            {name}
          </Link>
          {remove && (
            <Button kind="danger" label={t('group.take_out', { name })} onClick={() => void remove(id)}>
              {t('group.remove')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}
