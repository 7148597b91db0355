import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from '../api/call.ts'
import { number, t } from '../text/text.ts'
import { rolesQuery } from '../users/filter-chips.tsx'

/** For each role that requires a second factor, the number of users without one. Empty if no role requires one. */
export function FactorGaps() {
  const roles = useQuery(rolesQuery)
  const asking = (roles.data ?? []).filter((role) => role.second_factor_required)
  if (asking.length === 0) return null
  return (
    <section className="card pad" aria-labelledby="factor-gaps">
      <h2 id="factor-gaps">{t('overview.factor_gaps')}</h2>
      <ul className="plain">
        {asking.map(({ name }) => (
          <Gap key={name} role={name} />
        ))}
      </ul>
    </section>
  )
}

function Gap({ role }: { role: string }) {
  const gap = useQuery({
    queryKey: ['users', 'without-factor', role],
    staleTime: 30_000,
    async queryFn() {
      const query = { role, second_factor: false, limit: 1, count: 'exact' }
      const { headers } = await call('GET', '/users', { query })
      return Number(headers.get('x-total-count'))
    },
  })
  if (gap.data === undefined) return null
  return (
    <li>
      <Link to="/console/users" search={{ role, factor: 'false' }}>
        {t(gap.data === 1 ? 'overview.factor_gap_one' : 'overview.factor_gap', {
          role,
          count: number(gap.data),
        })}
      </Link>
    </li>
  )
}
