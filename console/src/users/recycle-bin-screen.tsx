import { useQueryClient } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { usePages } from '../api/pages.ts'
import { useMay } from '../api/session.ts'
import type { User } from '../api/types.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Avatar, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { More } from '../ui/more.tsx'
import { problemText } from '../ui/problem.tsx'
import { Empty, Failed, Loading, NoPermission } from '../ui/states.tsx'
import { toast } from '../ui/toasts.tsx'
import { fullName } from './user-status.tsx'

export function RecycleBinScreen() {
  const may = useMay()
  return may('users:read') ? <RecycleBin /> : <NoPermission />
}

function RecycleBin() {
  const may = useMay()
  const queries = useQueryClient()
  const [purged, setPurged] = useState<User | null>(null)
  const pages = usePages<User>('users', '/users', { deleted: true, sort: '-updated_at', limit: 50 })
  const rows = pages.data?.pages.flatMap(({ items }) => items) ?? []
  const refresh = () => queries.invalidateQueries({ queryKey: ['users'] })

  const restore = async (user: User) => {
    try {
      await call('POST', `/users/${user.id}/restore`)
      toast(t('bin.restored', { name: user.username }))
      await refresh()
    } catch (error) {
      toast(problemText(error))
    }
  }

  return (
    <Screen title={t('nav.recycle_bin')} subtitle={t('bin.text')}>
      {pages.isPending && <Loading />}
      {pages.isError && <Failed error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && rows.length === 0 && <Empty title={t('bin.empty')} text={t('bin.empty_text')} />}
      {rows.length > 0 && (
        <>
          <div className="card table-box">
            <table className="cards">
              <thead>
                <tr>
                  <th>{t('user.name')}</th>
                  <th>{t('user.email')}</th>
                  <th>{t('user.created')}</th>
                  <th>
                    <span className="sr-only">{t('actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((user) => (
                  <tr key={user.id}>
                    <td>
                      <span className="who">
                        <Avatar name={fullName(user) || user.username} />
                        <span className="name">{user.username}</span>
                      </span>
                    </td>
                    <td>{user.email}</td>
                    <td className="tight" data-label={t('user.created')}>
                      <Time at={user.created_at} />
                    </td>
                    <td className="tight">
                      {may('users:delete') && (
                        <span className="actions end">
                          <Button icon={<Undo2 size={16} aria-hidden />} onClick={() => restore(user)}>
                            {t('bin.restore')}
                          </Button>
                          <Button kind="danger" onClick={() => setPurged(user)}>
                            {t('bin.purge')}
                          </Button>
                        </span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <More pages={pages} shown={rows.length} />
        </>
      )}
      <Confirm
        title={t('bin.purge_title', { name: purged?.username ?? '' })}
        text={<p className="dim">{t('bin.purge_text')}</p>}
        button={t('bin.purge')}
        isDangerous
        typed={purged?.username ?? ''}
        isOpen={purged !== null}
        onClose={() => setPurged(null)}
        act={async () => {
          await call('DELETE', `/users/${purged!.id}`, { query: { purge: true } })
          toast(t('bin.purged', { name: purged!.username }))
          await refresh()
        }}
      />
    </Screen>
  )
}
