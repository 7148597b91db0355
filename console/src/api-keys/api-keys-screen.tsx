import { Plus } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { ApiKey } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'
import { toast } from '../ui/toasts.tsx'
import { NewKeyDialog } from './new-key-dialog.tsx'

const unusedAfter = 90 * 86_400_000

export function ApiKeysScreen() {
  const may = useMay()
  return may('api_keys:write') ? <ApiKeys /> : <NoPermission />
}

/** Your own API keys. */
function ApiKeys() {
  const table = useTable<ApiKey>('api-keys', '/api-keys')
  const [isMaking, setMaking] = useState(false)
  const revoke = async ({ id, name }: ApiKey) => {
    await call('DELETE', `/api-keys/${id}`)
    toast(t('keys.revoked', { name }))
    await table.refresh()
  }
  return (
    <>
      <TableScreen
        title={t('nav.api_keys')}
        subtitle={t('keys.text')}
        actions={
          <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
            {t('keys.new')}
          </Button>
        }
        table={table}
        idOf={({ id }) => id}
        columns={columns()}
        rowActions={(key) => (
          <ConfirmButton
            title={t('keys.revoke_title', { name: key.name })}
            text={t('keys.revoke_text')}
            button={t('keys.revoke')}
            act={() => revoke(key)}
          />
        )}
        empty={{ title: t('keys.none'), text: t('keys.none_text') }}
      />
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} onMade={table.refresh} />}
    </>
  )
}

function columns(): Column<ApiKey>[] {
  return [
    {
      head: t('key.name'),
      cell: (key) => (
        <>
          <span className="name">{key.name}</span>{' '}
          {isUnused(key) && <Tag tone="warn">{t('keys.unused')}</Tag>}
          <code className="sub one-line">{key.prefix}…</code>
        </>
      ),
    },
    {
      head: t('key.permissions'),
      cell: ({ permissions }) => (
        <span className="tags">
          {permissions.map((permission) => (
            <Tag key={permission}>{permission}</Tag>
          ))}
        </span>
      ),
    },
    {
      head: t('key.last_used'),
      cell: (key) => <Time at={key.last_used_at} />,
      isTight: true,
      isLabelled: true,
    },
    { head: t('key.expires'), cell: (key) => <Time at={key.expires_at} />, isTight: true, isLabelled: true },
  ]
}

function isUnused({ last_used_at, created_at }: ApiKey): boolean {
  return Date.now() - Date.parse(last_used_at ?? created_at) > unusedAfter
}
