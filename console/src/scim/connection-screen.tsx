import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { ScimConnection } from '../api/types.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { ConfirmButton } from '../ui/dialog.tsx'
import { Failed, Loading, NoPermission } from '../ui/states.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { ConnectionRules } from './connection-rules.tsx'
import { ScimRequests } from './scim-requests.tsx'

export type VersionedConnection = { connection: ScimConnection; etag: string | undefined }

export function ConnectionScreen() {
  const may = useMay()
  const { id } = useParams({ from: '/console/scim/$id' })
  return may('api_keys:admin') ? <LoadedConnection id={id} /> : <NoPermission />
}

function LoadedConnection({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ['scim-connection', id],
    queryFn: async (): Promise<VersionedConnection> => {
      const { data, etag } = await call<ScimConnection>('GET', `/scim-connections/${id}`)
      return { connection: data, etag }
    },
  })
  return (
    <>
      <Link to="/console/scim" className="back">
        <ChevronLeft size={16} aria-hidden /> {t('nav.scim')}
      </Link>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && <Details versioned={query.data} />}
    </>
  )
}

function Details({ versioned }: { versioned: VersionedConnection }) {
  const { connection } = versioned
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { tab = 'requests' } = useSearch({ from: '/console/scim/$id' })
  const remove = async () => {
    await call('DELETE', `/scim-connections/${connection.id}`)
    await navigate({ to: '/console/scim' })
    await queries.invalidateQueries({ queryKey: ['scim-connections'] })
  }
  return (
    <Screen
      title={connection.name ?? t('scim.key_ended')}
      actions={
        connection.name === null && (
          <ConfirmButton
            title={t('scim.delete_title')}
            text={t('scim.delete_text')}
            button={t('delete')}
            act={remove}
          />
        )
      }
    >
      <Tabs
        tabs={[
          { id: 'requests', label: t('scim.requests') },
          { id: 'rules', label: t('scim.rules') },
        ]}
        current={tab}
      />
      {tab === 'requests' && <ScimRequests connection={connection} />}
      {tab === 'rules' && <ConnectionRules key={versioned.etag} versioned={versioned} />}
    </Screen>
  )
}
