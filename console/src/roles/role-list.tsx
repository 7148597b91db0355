import { Link } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { allPermissions, type Role } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Menu } from '../ui/menu.tsx'

type Props = { roles: readonly Role[]; mayWrite: boolean; edit(role: Role): void; remove(role: Role): void }

export function RoleList({ roles, mayWrite, edit, remove }: Props) {
  return (
    <div className="card table-box">
      <table className="cards">
        <thead>
          <tr>
            <th>{t('roles.name')}</th>
            <th>{t('roles.permissions')}</th>
            <th>{t('roles.second_factor')}</th>
            {mayWrite && (
              <th>
                <span className="sr-only">{t('actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {roles.map((role) => (
            <tr key={role.name}>
              <td>
                <span className="name">{role.name}</span> {role.built_in && <Tag>{t('roles.built_in')}</Tag>}
                {role.description && <span className="sub">{role.description}</span>}
              </td>
              <td className="num" data-label={t('roles.permissions')}>
                {t('roles.count', { count: role.permissions.length, all: allPermissions.length })}
              </td>
              <td data-label={t('roles.second_factor')}>
                <Link
                  to="/console/users"
                  search={{ role: role.name, factor: 'false' }}
                  title={t('roles.second_factor_row')}
                >
                  {t(role.second_factor_required ? 'yes' : 'no')}
                </Link>
              </td>
              {mayWrite && (
                <td className="tight corner">
                  <Menu
                    trigger={
                      <Button
                        kind="quiet"
                        label={t('roles.actions', { name: role.name })}
                        icon={<Ellipsis size={18} aria-hidden />}
                      />
                    }
                    items={[
                      { label: t('edit'), act: () => edit(role) },
                      ...(role.built_in
                        ? []
                        : [{ label: t('delete'), isDangerous: true, act: () => remove(role) }]),
                    ]}
                  />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
