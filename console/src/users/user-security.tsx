import { useQuery } from '@tanstack/react-query'
import { LinkedAccounts } from '../account/linked-accounts.tsx'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { User, UserData } from '../api/types.ts'
import { ConnectedApplications } from '../applications/connected-applications.tsx'
import { SessionList } from '../sessions/session-list.tsx'
import { list, t } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { SignInStatusCard } from './sign-in-status.tsx'
import { UserFactors } from './user-factors.tsx'

/** The sign-in methods and the open sessions of the user. */
export function UserSecurity({ user }: { user: User }) {
  const may = useMay()
  const maySeeAll = may('audit:read') && may('api_keys:write')
  const { data } = useQuery({
    queryKey: ['user-data', user.id],
    enabled: maySeeAll,
    retry: false,
    queryFn: async () => (await call<UserData>('GET', `/users/${user.id}/data`)).data,
  })
  return (
    <div className="stack">
      <SignInStatusCard user={user} />
      <UserFactors user={user} />
      <LinkedAccounts userId={user.id} mayUnlink={may('users:write')} />
      <SessionList userId={user.id} mayEnd={may('users:write') || may('users:support')} />
      <ConnectedApplications userId={user.id} mayRemove={may('users:write')} />
      {data && data.api_keys.length > 0 && (
        <section className="card">
          <header>
            <h2>{t('nav.api_keys')}</h2>
          </header>
          <div className="table-box">
            <table>
              <thead>
                <tr>
                  <th>{t('key.name')}</th>
                  <th>{t('key.permissions')}</th>
                  <th>{t('key.last_used')}</th>
                  <th>{t('key.expires')}</th>
                </tr>
              </thead>
              <tbody>
                {data.api_keys.map((key) => (
                  <tr key={key.id}>
                    <td>
                      {key.name} <code className="sub">{key.prefix}…</code>
                    </td>
                    <td>{list(key.permissions)}</td>
                    <td className="tight">
                      <Time at={key.last_used_at} />
                    </td>
                    <td className="tight">
                      <Time at={key.expires_at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </div>
  )
}
