import { Link } from '@tanstack/react-router'
import { useMay } from '../api/session.ts'
import type { ScimConnection } from '../api/types.ts'
import { page } from '../page.ts'
import { t } from '../text/text.ts'
import { CopyButton, Tag, Time } from '../ui/bits.tsx'
import { NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'

export function ScimScreen() {
  const may = useMay()
  return may('api_keys:admin') ? <Connections /> : <NoPermission />
}

/** The connections of directories. */
function Connections() {
  const table = useTable<ScimConnection>('scim-connections', '/scim-connections')
  const address = `${location.origin}${page.base}/scim/v2`
  return (
    <TableScreen
      title={t('nav.scim')}
      subtitle={
        <>
          {t('scim.text')} <code>{address}</code> <CopyButton text={address} />
        </>
      }
      table={table}
      idOf={({ id }) => id}
      columns={columns()}
      empty={{ title: t('scim.none'), text: t('scim.none_text') }}
    />
  )
}

function columns(): Column<ScimConnection>[] {
  return [
    {
      head: t('scim.connection'),
      cell: ({ id, name }) => (
        <Link to="/console/scim/$id" params={{ id }} className="name">
          {name ?? t('scim.key_ended')}
        </Link>
      ),
    },
    {
      head: t('scim.rules'),
      cell: ({ existing_users, groups, on_delete, send_invitations }) => (
        <span className="tags">
          <Tag>{t(`scim.existing_users.${existing_users}`)}</Tag>
          <Tag>{t(`scim.groups.${groups}`)}</Tag>
          <Tag>{t(`scim.on_delete.${on_delete}`)}</Tag>
          <Tag>{t(send_invitations ? 'scim.invites' : 'scim.invites_not')}</Tag>
        </span>
      ),
      isLabelled: true,
    },
    {
      head: t('scim.last_request'),
      cell: ({ last_request_at }) => <Time at={last_request_at} />,
      isTight: true,
      isLabelled: true,
    },
  ]
}
