import { useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { usePages } from '../api/pages.ts'
import { useMay } from '../api/session.ts'
import type { ApiKey } from '../api/types.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { More } from '../ui/more.tsx'
import { Empty, Failed, Loading, NoPermission } from '../ui/states.tsx'
import { toast } from '../ui/toasts.tsx'
import { NewKeyDialog } from './new-key-dialog.tsx'

const unusedAfter = 90 * 86_400_000

export function ApiKeysScreen() {
  const may = useMay()
  return may('api_keys:write') ? <ApiKeys /> : <NoPermission />
}

/** Your own API keys. */
function ApiKeys() {
  const queries = useQueryClient()
  const pages = usePages<ApiKey>('api-keys', '/api-keys', { limit: 50 })
  const keys = pages.data?.pages.flatMap(({ items }) => items) ?? []
  const [isMaking, setMaking] = useState(false)
  const [revoked, setRevoked] = useState<ApiKey | null>(null)
  const refresh = () => queries.invalidateQueries({ queryKey: ['api-keys'] })
  return (
    <Screen
      title={t('nav.api_keys')}
      subtitle={t('keys.text')}
      actions={
        <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
          {t('keys.new')}
        </Button>
      }
    >
      {pages.isPending && <Loading rows={3} />}
      {pages.isError && <Failed error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isSuccess && keys.length === 0 && <Empty title={t('keys.none')} text={t('keys.none_text')} />}
      {keys.length > 0 && (
        <>
          <div className="card table-box">
            <table className="cards">
              <thead>
                <tr>
                  <th>{t('key.name')}</th>
                  <th>{t('key.permissions')}</th>
                  <th>{t('key.last_used')}</th>
                  <th>{t('key.expires')}</th>
                  <th>
                    <span className="sr-only">{t('actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {keys.map((key) => (
                  <tr key={key.id}>
                    <td>
                      <span className="name">{key.name}</span>{' '}
                      {isUnused(key) && <Tag tone="warn">{t('keys.unused')}</Tag>}
                      <code className="sub">{key.prefix}…</code>
                    </td>
                    <td>
                      <span className="tags">
                        {key.permissions.map((permission) => (
                          <Tag key={permission}>{permission}</Tag>
                        ))}
                      </span>
                    </td>
                    <td className="tight" data-label={t('key.last_used')}>
                      <Time at={key.last_used_at} />
                    </td>
                    <td className="tight" data-label={t('key.expires')}>
                      <Time at={key.expires_at} />
                    </td>
                    <td className="tight">
                      <Button kind="danger" onClick={() => setRevoked(key)}>
                        {t('keys.revoke')}
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <More pages={pages} shown={keys.length} />
        </>
      )}
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} onMade={refresh} />}
      <Confirm
        title={t('keys.revoke_title', { name: revoked?.name ?? '' })}
        text={<p className="dim">{t('keys.revoke_text')}</p>}
        button={t('keys.revoke')}
        isDangerous
        isOpen={revoked !== null}
        onClose={() => setRevoked(null)}
        act={async () => {
          await call('DELETE', `/api-keys/${revoked!.id}`)
          toast(t('keys.revoked', { name: revoked!.name }))
          await refresh()
        }}
      />
    </Screen>
  )
}

function isUnused({ last_used_at, created_at }: ApiKey): boolean {
  return Date.now() - Date.parse(last_used_at ?? created_at) > unusedAfter
}
