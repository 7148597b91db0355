import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { BadgeCheck, ChevronLeft } from 'lucide-react'
import { useState } from 'react'
import { ApiError } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import { AuditList } from '../audit/audit-list.tsx'
import { UserGroups } from '../groups/user-groups.tsx'
import { useTitle } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Avatar } from '../ui/bits.tsx'
import { Empty, Failed, Loading, NoPermission } from '../ui/states.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { asciiAddress } from './ascii-address.ts'
import { NeighbourLinks } from './neighbour-links.tsx'
import { UserActions } from './user-actions.tsx'
import { UserData } from './user-data.tsx'
import { UserProfile } from './user-profile.tsx'
import { userQuery, type VersionedUser } from './user-query.ts'
import { UserSecurity } from './user-security.tsx'
import { fullName, UserStatus } from './user-status.tsx'

export function UserScreen() {
  const may = useMay()
  const { id } = useParams({ from: '/console/users/$id' })
  return may('users:read') ? <LoadedUser id={id} /> : <NoPermission />
}

function LoadedUser({ id }: { id: string }) {
  const query = useQuery(userQuery(id))
  const { tab } = useSearch({ from: '/console/users/$id' })
  return (
    <>
      <div className="back-line">
        <Link to="/console/users" className="back grow">
          <ChevronLeft size={16} aria-hidden /> {t('users.title')}
        </Link>
        <NeighbourLinks id={id} tab={tab} />
      </div>
      {query.isPending && <Loading />}
      {query.isError && isMissing(query.error) && (
        <Empty isPage title={t('user.missing')} text={t('user.missing_text')}>
          <Link className="button" to="/console/recycle-bin">
            {t('nav.recycle_bin')}
          </Link>
        </Empty>
      )}
      {query.isError && !isMissing(query.error) && (
        <Failed error={query.error} retry={() => void query.refetch()} />
      )}
      {query.data && <Details key={id} versioned={query.data} />}
    </>
  )
}

function isMissing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 400)
}

function Details({ versioned }: { versioned: VersionedUser }) {
  const { user } = versioned
  const may = useMay()
  const { tab = 'profile' } = useSearch({ from: '/console/users/$id' })
  // What was typed in these tabs stays while another one is shown.
  const [visited] = useState(() => new Set<string>())
  visited.add(tab)
  useTitle(user.username)
  const tabs = [
    { id: 'profile', label: t('tab.profile') },
    { id: 'security', label: t('tab.security') },
    ...(may('groups:read') ? [{ id: 'groups', label: t('tab.groups') }] : []),
    ...(may('audit:read') ? [{ id: 'history', label: t('tab.history') }] : []),
    { id: 'data', label: t('tab.data') },
  ]
  const ascii = user.email === null ? null : asciiAddress(user.email)
  return (
    <>
      <header className="user-head">
        <Avatar name={fullName(user) || user.username} isLarge />
        <div className="grow">
          <div className="title">
            <h1>{user.username}</h1>
            <UserStatus user={user} />
          </div>
          <p className="dim email">
            {user.email ?? t('email.none')}
            {ascii !== null && <span className="mono">({ascii})</span>}
            {user.email_verified && <BadgeCheck size={16} aria-label={t('user.verified')} />}
          </p>
        </div>
        <UserActions user={user} />
      </header>
      <Tabs tabs={tabs} current={tab} />
      {visited.has('profile') && (
        <div hidden={tab !== 'profile'}>
          <UserProfile versioned={versioned} />
        </div>
      )}
      {tab === 'security' && <UserSecurity user={user} />}
      {tab === 'groups' && may('groups:read') && <UserGroups user={user} />}
      {tab === 'history' && may('audit:read') && <AuditList query={{ target: user.id }} />}
      {visited.has('data') && (
        <div hidden={tab !== 'data'}>
          <UserData versioned={versioned} />
        </div>
      )}
    </>
  )
}
