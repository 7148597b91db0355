import { useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { usePages } from '../api/pages.ts'
import { useMay } from '../api/session.ts'
import type { Application } from '../api/types.ts'
import { Screen } from '../shell/screens.tsx'
import { t, textOr } from '../text/text.ts'
import { CopyButton, Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { More } from '../ui/more.tsx'
import { Empty, Failed, Loading, NoPermission } from '../ui/states.tsx'
import { toast } from '../ui/toasts.tsx'
import { NewApplicationDialog } from './new-application-dialog.tsx'

export function ApplicationsScreen() {
  const may = useMay()
  return may('applications:read') ? <Applications /> : <NoPermission />
}

/** Applications that sign users in through this service. */
function Applications() {
  const mayWrite = useMay()('applications:write')
  const queries = useQueryClient()
  const pages = usePages<Application>('applications', '/applications', { limit: 50 })
  const applications = pages.data?.pages.flatMap(({ items }) => items) ?? []
  const [isMaking, setMaking] = useState(false)
  const [deleted, setDeleted] = useState<Application | null>(null)
  const refresh = () => queries.invalidateQueries({ queryKey: ['applications'] })
  return (
    <Screen
      title={t('nav.applications')}
      subtitle={t('apps.text')}
      actions={
        mayWrite && (
          <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
            {t('apps.new')}
          </Button>
        )
      }
    >
      {pages.isPending && <Loading rows={3} />}
      {pages.isError && <Failed error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && applications.length === 0 && (
        <Empty title={t('apps.none')} text={t('apps.none_text')} />
      )}
      {applications.length > 0 && (
        <>
          <div className="card table-box">
            <table className="cards">
              <thead>
                <tr>
                  <th>{t('app.name')}</th>
                  <th>{t('app.redirect_uris')}</th>
                  <th>{t('app.roles')}</th>
                  <th>{t('app.created')}</th>
                  <th>
                    <span className="sr-only">{t('actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {applications.map((application) => (
                  <tr key={application.client_id}>
                    <td>
                      <span className="name">{application.name}</span>{' '}
                      <Tag>{textOr(`app.kind.${application.kind}`, application.kind)}</Tag>
                      <span className="sub">
                        <code>{application.client_id}</code>
                        <CopyButton text={application.client_id} />
                      </span>
                    </td>
                    <td data-label={t('app.redirect_uris')}>
                      {application.redirect_uris.map((uri) => (
                        <code key={uri} className="sub">
                          {uri}
                        </code>
                      ))}
                    </td>
                    <td data-label={t('app.roles')}>
                      {application.roles.length === 0 ? (
                        <span className="dim">{t('app.everyone')}</span>
                      ) : (
                        <span className="tags">
                          {application.roles.map((role) => (
                            <Tag key={role}>{role}</Tag>
                          ))}
                        </span>
                      )}
                    </td>
                    <td className="tight" data-label={t('app.created')}>
                      <Time at={application.created_at} />
                    </td>
                    <td className="tight">
                      {mayWrite && (
                        <Button kind="danger" onClick={() => setDeleted(application)}>
                          {t('apps.delete')}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <More pages={pages} shown={applications.length} />
        </>
      )}
      {isMaking && <NewApplicationDialog onClose={() => setMaking(false)} onMade={refresh} />}
      <Confirm
        title={t('apps.delete_title', { name: deleted?.name ?? '' })}
        text={<p className="dim">{t('apps.delete_text')}</p>}
        button={t('apps.delete')}
        isDangerous
        isOpen={deleted !== null}
        onClose={() => setDeleted(null)}
        act={async () => {
          await call('DELETE', `/applications/${deleted!.client_id}`)
          toast(t('apps.deleted', { name: deleted!.name }))
          await refresh()
        }}
      />
    </Screen>
  )
}
