import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { ConfirmButton } from '../ui/dialog.tsx'
import { Failed, Loading, NoPermission } from '../ui/states.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { toast } from '../ui/toasts.tsx'
import { GroupDetails } from './group-details.tsx'
import { GroupMembers } from './group-members.tsx'
import { readGroup, useRefreshGroups, type VersionedGroup } from './group-query.ts'
import { NestedGroups } from './nested-groups.tsx'

export function GroupScreen() {
  const may = useMay()
  const { id } = useParams({ from: '/console/groups/$id' })
  return may('groups:read') ? <LoadedGroup id={id} /> : <NoPermission />
}

function LoadedGroup({ id }: { id: string }) {
  const query = useQuery({ queryKey: ['group', id], queryFn: () => readGroup(id) })
  return (
    <>
      <Link to="/console/groups" className="back">
        <ChevronLeft size={16} aria-hidden /> {t('nav.groups')}
      </Link>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && <Details versioned={query.data} />}
    </>
  )
}

function Details({ versioned }: { versioned: VersionedGroup }) {
  const { group } = versioned
  const may = useMay()
  const navigate = useNavigate()
  const refresh = useRefreshGroups()
  const { tab = 'members' } = useSearch({ from: '/console/groups/$id' })
  const mayWrite = may('groups:write')
  const remove = async () => {
    await call('DELETE', `/groups/${group.id}`)
    toast(t('group.deleted', { name: group.name }))
    await navigate({ to: '/console/groups' })
    await refresh()
  }
  return (
    <Screen
      title={group.name}
      subtitle={group.description}
      actions={
        mayWrite && (
          <ConfirmButton
            title={t('group.delete_title', { name: group.name })}
            text={t('group.delete_text')}
            button={t('delete')}
            act={remove}
          />
        )
      }
    >
      <Tabs
        tabs={[
          { id: 'members', label: t('group.members') },
          { id: 'groups', label: t('group.nested') },
          { id: 'details', label: t('group.details') },
        ]}
        current={tab}
      />
      {tab === 'members' && <GroupMembers group={group} mayWrite={mayWrite} />}
      {tab === 'groups' && <NestedGroups group={group} mayWrite={mayWrite} />}
      {tab === 'details' && <GroupDetails key={versioned.etag} versioned={versioned} mayWrite={mayWrite} />}
    </Screen>
  )
}
