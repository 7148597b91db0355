import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Role } from '../api/types.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Failed, Loading, NoPermission } from '../ui/states.tsx'
import { toast } from '../ui/toasts.tsx'
import { rolesQuery } from '../users/filter-chips.tsx'
import { RoleDialog } from './role-dialog.tsx'
import { RoleList } from './role-list.tsx'
import { RoleMatrix } from './role-matrix.tsx'

export function RolesScreen() {
  const may = useMay()
  return may('roles:read') ? <Roles /> : <NoPermission />
}

function Roles() {
  const may = useMay()
  const queries = useQueryClient()
  const roles = useQuery(rolesQuery)
  const [edited, setEdited] = useState<Role | 'new' | null>(null)
  const [deleted, setDeleted] = useState<Role | null>(null)
  const mayWrite = may('roles:write')
  return (
    <Screen
      title={t('nav.roles')}
      subtitle={t('roles.text')}
      actions={
        mayWrite && (
          <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setEdited('new')}>
            {t('roles.new')}
          </Button>
        )
      }
    >
      {roles.isPending && <Loading rows={3} />}
      {roles.isError && <Failed error={roles.error} retry={() => void roles.refetch()} />}
      {roles.data && (
        <div className="stack">
          <RoleList roles={roles.data} mayWrite={mayWrite} edit={setEdited} remove={setDeleted} />
          <RoleMatrix roles={roles.data} />
        </div>
      )}
      {edited && <RoleDialog role={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
      <Confirm
        title={t('roles.delete_title', { name: deleted?.name ?? '' })}
        text={<p className="dim">{t('roles.delete_text')}</p>}
        button={t('delete')}
        isDangerous
        isOpen={deleted !== null}
        onClose={() => setDeleted(null)}
        act={async () => {
          await call('DELETE', `/roles/${encodeURIComponent(deleted!.name)}`)
          toast(t('roles.deleted', { name: deleted!.name }))
          await queries.invalidateQueries({ queryKey: rolesQuery.queryKey })
        }}
      />
    </Screen>
  )
}
