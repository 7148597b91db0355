import { useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { ApiKey } from '../api/types.ts'
import { useNames } from '../audit/names.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { NoPermission } from '../ui/states.tsx'
import { TableScreen, useTable } from '../ui/table-screen.tsx'
import { toast } from '../ui/toasts.tsx'
import { keyColumns } from './key-columns.tsx'
import { KeyFilters, type KeySearch, queryOf } from './key-filters.tsx'
import { NewKeyDialog } from './new-key-dialog.tsx'

/** The keys of the user, in the account pages. */
export function OwnKeysScreen() {
  const may = useMay()
  return may('api_keys:write') ? <KeyList query={{ user: 'me' }} /> : <NoPermission />
}

/** The keys of the user; with `api_keys:admin` also those of all users. */
export function ApiKeysScreen() {
  const may = useMay()
  const search = useSearch({ from: '/console/api-keys' })
  const navigate = useNavigate()
  if (!may('api_keys:admin')) return <OwnKeysScreen />
  const query = queryOf(search, may('api_keys:write'))
  const change = (part: KeySearch) =>
    void navigate({ to: '/console/api-keys', search: { ...search, ...part }, replace: true })
  return (
    <KeyList query={query} isFiltered={Boolean(search.unused || search.expires)}>
      <KeyFilters search={search} whose={query.user} change={change} />
    </KeyList>
  )
}

type Props = { query: ReturnType<typeof queryOf>; isFiltered?: boolean; children?: ReactNode }

function KeyList({ query, isFiltered = false, children }: Props) {
  const may = useMay()
  const table = useTable<ApiKey>('api-keys', '/api-keys', query)
  const names = useNames(query.user === 'me' ? [] : table.rows.map((key) => key.user_id))
  const [isMaking, setMaking] = useState(false)
  const isOwn = query.user === 'me'
  const ownerOf = ({ user_id: id }: ApiKey) => names.get(id) ?? id
  const revoke = async ({ id, name }: ApiKey) => {
    await call('DELETE', `/api-keys/${id}`)
    toast(t('keys.revoked', { name }))
    await table.refresh()
  }
  return (
    <>
      <TableScreen
        title={t('nav.api_keys')}
        subtitle={t(isOwn ? 'keys.text' : 'keys.all_text')}
        actions={
          may('api_keys:write') && (
            <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
              {t('keys.new')}
            </Button>
          )
        }
        table={table}
        idOf={({ id }) => id}
        columns={keyColumns(isOwn ? null : ownerOf, may('users:read'))}
        rowActions={(key) => (
          <ConfirmButton
            title={t('keys.revoke_title', { name: key.name })}
            text={isOwn ? t('keys.revoke_text') : t('keys.revoke_other_text', { owner: ownerOf(key) })}
            button={t('keys.revoke')}
            act={() => revoke(key)}
          />
        )}
        empty={
          isFiltered ? { title: t('keys.none_match') } : { title: t('keys.none'), text: t('keys.none_text') }
        }
      >
        {children}
      </TableScreen>
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} onMade={table.refresh} />}
    </>
  )
}
