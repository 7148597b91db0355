import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMay } from '../api/session.ts'
import type { Statistics } from '../api/types.ts'
import { Screen } from '../shell/screens.tsx'
import { number, t } from '../text/text.ts'
import { Failed, Loading, NoPermission } from '../ui/states.tsx'
import { DayChart } from './day-chart.tsx'
import { FactorGaps } from './factor-gaps.tsx'
import { FirstSteps } from './first-steps.tsx'
import { Health } from './health.tsx'
import { statisticsQuery } from './statistics.ts'
import './overview.css'

export function OverviewScreen() {
  const may = useMay()
  return may('users:read') ? <Overview /> : <NoPermission />
}

function Overview() {
  const query = useQuery(statisticsQuery)
  return (
    <Screen title={t('nav.overview')} subtitle={t('overview.text')}>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && <Numbers statistics={query.data} />}
    </Screen>
  )
}

function Numbers({ statistics }: { statistics: Statistics }) {
  const may = useMay()
  const { users, days } = statistics
  const sum = (name: 'created' | 'sign_ins', of: number) =>
    days.slice(-of).reduce((total, day) => total + day[name], 0)
  return (
    <div className="stack">
      <FirstSteps statistics={statistics} />
      <ul className="tiles">
        <Tile label={t('overview.users')} value={users.total} link={{ to: '/console/users' }} />
        <Tile
          label={t('overview.new')}
          value={sum('created', 7)}
          link={{ to: '/console/users', search: { sort: '-created_at' } }}
        />
        <Tile
          label={t('overview.active_today')}
          value={days.at(-1)?.active ?? 0}
          link={{ to: '/console/users', search: { sort: '-last_login_at' } }}
        />
        <Tile
          label={t('overview.unverified')}
          value={users.unverified}
          link={{ to: '/console/users', search: { verified: 'false' } }}
        />
        <Tile
          label={t('overview.disabled')}
          value={users.disabled}
          link={{ to: '/console/users', search: { status: 'disabled' } }}
        />
        <Tile label={t('overview.deleted')} value={users.deleted} link={{ to: '/console/recycle-bin' }} />
      </ul>
      {may('settings:read') && <Health />}
      {may('roles:read') && <FactorGaps />}
      <div className="charts">
        <DayChart title={t('overview.created')} days={days} value={({ created }) => created} />
        <DayChart
          title={t('overview.sign_ins')}
          days={days}
          value={({ sign_ins }) => sign_ins}
          more={
            may('audit:read') && (
              <Link to="/console/audit" search={{ type: 'auth.login.success' }}>
                {t('overview.in_audit')}
              </Link>
            )
          }
        />
      </div>
    </div>
  )
}

function Tile({ label, value, link }: { label: ReactNode; value: number; link: LinkProps }) {
  return (
    <li>
      <Link {...link} className="tile card">
        <span className="dim">{label}</span>
        <strong className="num">{number(value)}</strong>
      </Link>
    </li>
  )
}
