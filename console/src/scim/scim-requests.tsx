import { Link } from '@tanstack/react-router'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import type { ScimConnection, ScimRequest } from '../api/types.ts'
import { list, t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { CheckField } from '../ui/field.tsx'
import { More } from '../ui/more.tsx'
import { Empty, Failed, Loading } from '../ui/states.tsx'
import { useTable } from '../ui/table-screen.tsx'

/** The last requests of a connection: what they changed, and why others were refused. */
export function ScimRequests({ connection }: { connection: ScimConnection }) {
  const [isAll, setAll] = useState(false)
  const { pages, rows, refresh } = useTable<ScimRequest>(
    `scim-requests-${connection.id}`,
    `/scim-connections/${connection.id}/requests`,
    { changes: !isAll },
  )
  return (
    <div className="stack">
      <div className="actions">
        <Button icon={<RefreshCw size={16} aria-hidden />} onClick={() => void refresh()}>
          {t('scim.refresh')}
        </Button>
        <CheckField
          label={t('scim.with_reads')}
          checked={isAll}
          onChange={({ target }) => setAll(target.checked)}
        />
      </div>
      {pages.isPending && <Loading rows={3} />}
      {pages.isError && <Failed error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && rows.length === 0 && (
        <Empty title={t('scim.no_requests')} text={t('scim.no_requests_text')} />
      )}
      {rows.length > 0 && (
        <>
          <div className="card table-box">
            <table className="cards">
              <thead>
                <tr>
                  <th>{t('scim.request')}</th>
                  <th>{t('scim.outcome')}</th>
                  <th>{t('scim.at')}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((request) => (
                  <tr key={request.id}>
                    <td>
                      <RequestName request={request} />
                    </td>
                    <td data-label={t('scim.outcome')}>
                      <Outcome request={request} />
                    </td>
                    <td className="tight" data-label={t('scim.at')}>
                      <Time at={request.at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <More pages={pages} shown={rows.length} />
        </>
      )}
    </div>
  )
}

function RequestName({ request }: { request: ScimRequest }) {
  const { method, path, status, resource_id: id, subject } = request
  const isUser = path.startsWith('/Users')
  return (
    <>
      <code>{`${method} ${path.split('/')[1] ?? ''}`}</code>{' '}
      <Tag tone={status < 400 ? 'good' : 'bad'}>{status}</Tag>
      <span className="sub">
        {id !== null && isUser && (
          <Link to="/console/users/$id" params={{ id }}>
            {t('scim.open_user')}
          </Link>
        )}
        {id !== null && !isUser && (
          <Link to="/console/groups/$id" params={{ id }}>
            {t('scim.open_group')}
          </Link>
        )}
        {id === null && subject}
      </span>
    </>
  )
}

function Outcome({ request }: { request: ScimRequest }) {
  const { changes, ignored, error, status, method } = request
  const parts: string[] = []
  if (status === 201) parts.push(t('scim.created'))
  else if (method === 'DELETE') parts.push(t('scim.deleted'))
  else if (changes && changes.fields.length > 0)
    parts.push(t('scim.changed', { fields: list(changes.fields) }))
  if (changes && changes.members_added > 0)
    parts.push(t('scim.members_added', { count: changes.members_added }))
  if (changes && changes.members_removed > 0)
    parts.push(t('scim.members_removed', { count: changes.members_removed }))
  return (
    <>
      {error ?? (parts.length === 0 ? <span className="dim">–</span> : list(parts))}
      {ignored.length > 0 && <span className="sub">{t('scim.ignored', { names: list(ignored) })}</span>}
    </>
  )
}
