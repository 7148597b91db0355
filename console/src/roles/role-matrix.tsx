import { Check } from 'lucide-react'
import { allPermissions, type Role } from '../api/types.ts'
import { t, textOr } from '../text/text.ts'

/** Which role has which permission. The names of roles and permissions stay in view while the rest scrolls. */
export function RoleMatrix({ roles }: { roles: readonly Role[] }) {
  return (
    <div className="card pad stack">
      <h2 id="role-matrix">{t('roles.matrix')}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
      <section className="table-box matrix-box" tabIndex={0} aria-labelledby="role-matrix">
        <table className="matrix">
          <thead>
            <tr>
              <th>{t('roles.permission')}</th>
              {roles.map(({ name, description }) => (
                <th key={name} title={description}>
                  {name}
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
                {roles.map(({ name, permissions }) => (
                  <td key={name}>
                    {permissions.includes(permission) ? (
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
          </tbody>
        </table>
      </section>
    </div>
  )
}
