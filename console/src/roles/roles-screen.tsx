import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Check, Plus } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import { allPermissions, type Role } from '../api/types.ts'
import { Screen } from '../shell/screens.tsx'
import { t, textOr } from '../text/text.ts'
import { Tag } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Failed, Loading, NoPermission } from '../ui/states.tsx'
import { toast } from '../ui/toasts.tsx'
import { rolesQuery } from '../users/filter-chips.tsx'
import { RoleDialog } from './role-dialog.tsx'

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
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        <section className="card table-box" aria-label={t('roles.matrix')} tabIndex={0}>
          <table className="matrix">
            <thead>
              <tr>
                <th>{t('roles.permission')}</th>
                {roles.data.map((role) => (
                  <th key={role.name} title={role.description}>
                    {role.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {allPermissions.map((permission) => (
                <tr key={permission}>
                  <th scope="row">
                    {textOr(`permission.${permission}`, permission)}
                    <code className="sub">{permission}</code>
                  </th>
                  {roles.data.map((role) => (
                    <td key={role.name}>
                      {role.permissions.includes(permission) ? (
                        <Check size={17} role="img" aria-label={t('yes')} />
                      ) : (
                        <span className="dim">
                          <span aria-hidden>·</span>
                          <span className="sr-only">{t('no')}</span>
                        </span>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
              <tr>
                <th scope="row">
                  {t('roles.second_factor')}
                  <span className="sub">{t('roles.second_factor_row')}</span>
                </th>
                {roles.data.map((role) => (
                  <td key={role.name}>
                    <Link to="/console/users" search={{ role: role.name, factor: 'false' }}>
                      {t(role.second_factor_required ? 'yes' : 'no')}
                    </Link>
                  </td>
                ))}
              </tr>
              <tr>
                <th scope="row">{t('actions')}</th>
                {roles.data.map((role) => (
                  <td key={role.name}>
                    {role.built_in && <Tag>{t('roles.built_in')}</Tag>}
                    {mayWrite && (
                      <span className="actions">
                        <Button onClick={() => setEdited(role)}>{t('edit')}</Button>
                        {!role.built_in && (
                          <Button kind="danger" onClick={() => setDeleted(role)}>
                            {t('delete')}
                          </Button>
                        )}
                      </span>
                    )}
                  </td>
                ))}
              </tr>
            </tbody>
          </table>
        </section>
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
