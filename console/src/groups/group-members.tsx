import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Group, GroupMember } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { More } from '../ui/more.tsx'
import { Empty, Failed, Loading } from '../ui/states.tsx'
import { useTable } from '../ui/table-screen.tsx'
import { toast } from '../ui/toasts.tsx'
import { AddMembersDialog } from './add-members-dialog.tsx'
import { useRefreshGroups } from './group-query.ts'

/** The users in a group, with actions to add and remove one or many. */
export function GroupMembers({ group, mayWrite }: { group: Group; mayWrite: boolean }) {
  const may = useMay()
  const refresh = useRefreshGroups()
  const { pages, rows } = useTable<GroupMember>(`members-${group.id}`, `/groups/${group.id}/members`)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [isAdding, setAdding] = useState(false)
  const [isRemoving, setRemoving] = useState(false)
  const here = chosen.filter((id) => rows.some(({ user_id }) => user_id === id))
  const choose = (ids: readonly string[], isChosen: boolean) =>
    setChosen(isChosen ? [...new Set([...here, ...ids])] : here.filter((id) => !ids.includes(id)))
  const remove = async () => {
    const body = { remove: here }
    const { data } = await call<{ removed: number }>('POST', `/groups/${group.id}/members`, { body })
    toast(t('group.removed', { count: data.removed }))
    setChosen([])
    await refresh()
  }
  const isAll = rows.length > 0 && here.length === rows.length
  return (
    <div className="stack">
      {mayWrite && (
        <div className="actions">
          {may('users:read') && (
            <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
              {t('group.add_members')}
            </Button>
          )}
          <Button kind="danger" disabled={here.length === 0} onClick={() => setRemoving(true)}>
            {t('group.remove_members')}
          </Button>
        </div>
      )}
      {pages.isPending && <Loading rows={3} />}
      {pages.isError && <Failed error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && rows.length === 0 && (
        <Empty title={t('group.no_members')} text={t('group.no_members_text')} />
      )}
      {rows.length > 0 && (
        <>
          <div className="card table-box">
            <table>
              <thead>
                <tr>
                  {mayWrite && (
                    <th className="tight">
                      <input
                        type="checkbox"
                        aria-label={t('group.choose_all')}
                        checked={isAll}
                        onChange={({ target }) =>
                          choose(
                            rows.map(({ user_id }) => user_id),
                            target.checked,
                          )
                        }
                      />
                    </th>
                  )}
                  <th>{t('user.username')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ user_id: id, username }) => (
                  <tr key={id}>
                    {mayWrite && (
                      <td className="tight">
                        <input
                          type="checkbox"
                          aria-label={t('group.choose', { name: username })}
                          checked={here.includes(id)}
                          onChange={({ target }) => choose([id], target.checked)}
                        />
                      </td>
                    )}
                    <td>
                      <Link to="/console/users/$id" params={{ id }} className="name">
                        {username}
                      </Link>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <More pages={pages} shown={rows.length} />
        </>
      )}
      {isAdding && <AddMembersDialog group={group} onClose={() => setAdding(false)} />}
      <Confirm
        title={t('group.remove_title', { count: here.length, name: group.name })}
        text={t('group.remove_text')}
        button={t('group.remove_members')}
        isDangerous
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        act={remove}
      />
    </div>
  )
}
