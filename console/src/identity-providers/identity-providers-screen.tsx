import { Plus } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { IdentityProvider } from '../api/types.ts'
import { t } from '../text/text.ts'
import { CopyButton, Tag } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { problemText } from '../ui/problem.tsx'
import { NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'
import { toast } from '../ui/toasts.tsx'
import { ProviderDialog } from './provider-dialog.tsx'

export function IdentityProvidersScreen() {
  const may = useMay()
  return may('identity_providers:read') ? <IdentityProviders /> : <NoPermission />
}

/** The identity providers. */
function IdentityProviders() {
  const mayWrite = useMay()('identity_providers:write')
  const table = useTable<IdentityProvider>('identity-providers', '/identity-providers')
  const [failed, setFailed] = useState<string | null>(null)
  const [open, setOpen] = useState<IdentityProvider | 'new' | null>(null)
  const remove = async ({ id, name }: IdentityProvider) => {
    await call('DELETE', `/identity-providers/${id}`)
    toast(t('idps.deleted', { name }))
    await table.refresh()
  }
  return (
    <>
      <TableScreen
        title={t('nav.identity_providers')}
        subtitle={t('idps.text')}
        actions={
          mayWrite && (
            <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setOpen('new')}>
              {t('idps.new')}
            </Button>
          )
        }
        table={table}
        idOf={({ id }) => id}
        columns={columns()}
        rowActions={(provider) =>
          mayWrite && (
            <span className="actions">
              <TestButton
                id={provider.id}
                fail={(text) => setFailed(text === null ? null : `${provider.name}: ${text}`)}
              />
              <Button onClick={() => setOpen(provider)}>{t('idps.change')}</Button>
              <ConfirmButton
                title={t('idps.delete_title', { name: provider.name })}
                text={t('idps.delete_text')}
                button={t('idps.delete')}
                act={() => remove(provider)}
              />
            </span>
          )
        }
        empty={{ title: t('idps.none'), text: t('idps.none_text') }}
      >
        {failed !== null && (
          <p className="notice bad" role="alert">
            {failed}
          </p>
        )}
      </TableScreen>
      {open !== null && (
        <ProviderDialog
          provider={open === 'new' ? null : open}
          onClose={() => setOpen(null)}
          onSaved={table.refresh}
        />
      )}
    </>
  )
}

/** Says whether the provider answers; why it does not stays on the page. */
function TestButton({ id, fail }: { id: string; fail(text: string | null): void }) {
  const [isBusy, setBusy] = useState(false)
  const test = async () => {
    setBusy(true)
    fail(null)
    try {
      const { data } = await call<{ ok: boolean; detail: string }>('POST', `/identity-providers/${id}/test`)
      if (data.ok) toast(t('idps.test_good'))
      else fail(t('idps.test_bad', { detail: data.detail }))
    } catch (error) {
      fail(problemText(error))
    }
    setBusy(false)
  }
  return (
    <Button isBusy={isBusy} onClick={test}>
      {t('idps.test')}
    </Button>
  )
}

function columns(): Column<IdentityProvider>[] {
  return [
    {
      head: t('idp.name'),
      cell: ({ name, issuer, enabled }) => (
        <>
          <span className="name">{name}</span> {!enabled && <Tag tone="warn">{t('idps.off')}</Tag>}
          <code className="sub">{issuer}</code>
        </>
      ),
    },
    {
      head: t('idp.callback'),
      cell: ({ callback_url }) => (
        <span className="copied">
          <code>{callback_url}</code>
          <CopyButton text={callback_url} />
        </span>
      ),
      isLabelled: true,
    },
    {
      head: t('idp.sign_up'),
      cell: ({ sign_up }) => t(`idp.sign_up.${sign_up}`),
      isLabelled: true,
    },
    {
      head: t('idp.domains'),
      cell: ({ domains }) =>
        domains.length === 0 ? <span className="dim">{t('idp.no_domains')}</span> : domains.join(', '),
      isLabelled: true,
    },
  ]
}
