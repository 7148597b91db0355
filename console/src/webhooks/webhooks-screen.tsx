import { Link } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../api/session.ts'
import type { Webhook } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'
import { WebhookDialog } from './webhook-dialog.tsx'
import { EventTypes, hostOf, WebhookStatus } from './webhook-status.tsx'

export function WebhooksScreen() {
  const may = useMay()
  return may('webhooks:read') ? <Webhooks /> : <NoPermission />
}

/** The webhooks. */
function Webhooks() {
  const may = useMay()
  const table = useTable<Webhook>('webhooks', '/webhooks')
  const [isMaking, setMaking] = useState(false)
  return (
    <>
      <TableScreen
        title={t('nav.webhooks')}
        subtitle={t('hooks.text')}
        actions={
          may('webhooks:write') &&
          may('events:read') && (
            <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
              {t('hooks.new')}
            </Button>
          )
        }
        table={table}
        idOf={({ id }) => id}
        columns={columns()}
        empty={{ title: t('hooks.none'), text: t('hooks.none_text') }}
      />
      {isMaking && <WebhookDialog webhook={null} onClose={() => setMaking(false)} onSaved={table.refresh} />}
    </>
  )
}

function columns(): Column<Webhook>[] {
  return [
    {
      head: t('hook.url'),
      cell: (webhook) => (
        <>
          <Link to="/console/webhooks/$id" params={{ id: webhook.id }} className="name">
            {hostOf(webhook)}
          </Link>{' '}
          <WebhookStatus webhook={webhook} />
          <span className="sub">{webhook.description || webhook.url}</span>
        </>
      ),
    },
    { head: t('hook.events'), cell: ({ events }) => <EventTypes events={events} />, isLabelled: true },
    {
      head: t('hook.created'),
      cell: ({ created_at }) => <Time at={created_at} />,
      isTight: true,
      isLabelled: true,
    },
  ]
}
