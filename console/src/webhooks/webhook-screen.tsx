import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Webhook, WebhookDelivery } from '../api/types.ts'
import { t, textOr } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { Failed, Loading, NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'
import { toast } from '../ui/toasts.tsx'
import { ResendDialog } from './resend-dialog.tsx'
import { WebhookDialog } from './webhook-dialog.tsx'
import { EventTypes, hostOf, WebhookStatus } from './webhook-status.tsx'

export function WebhookScreen() {
  const may = useMay()
  const { id } = useParams({ from: '/console/webhooks/$id' })
  return may('webhooks:read') ? <LoadedWebhook id={id} /> : <NoPermission />
}

function LoadedWebhook({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ['webhook', id],
    queryFn: async () => (await call<Webhook>('GET', `/webhooks/${id}`)).data,
  })
  return (
    <>
      <Link to="/console/webhooks" className="back">
        <ChevronLeft size={16} aria-hidden /> {t('nav.webhooks')}
      </Link>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && <Deliveries webhook={query.data} />}
    </>
  )
}

/** A webhook and its deliveries. */
function Deliveries({ webhook }: { webhook: Webhook }) {
  const may = useMay()
  const [mayWrite, mayOpen] = [may('webhooks:write'), may('webhooks:write') && may('events:read')]
  const queries = useQueryClient()
  const navigate = useNavigate()
  const path = `/webhooks/${webhook.id}`
  const table = useTable<WebhookDelivery>(`deliveries-${webhook.id}`, `${path}/deliveries`)
  const refresh = async () => {
    await Promise.all([
      table.refresh(),
      queries.invalidateQueries({ queryKey: ['webhook', webhook.id] }),
      queries.invalidateQueries({ queryKey: ['webhooks'] }),
    ])
  }
  const [open, setOpen] = useState<'change' | 'resend' | null>(null)
  const close = () => setOpen(null)
  const tell = (error: unknown) => toast(error instanceof Error ? error.message : String(error))
  const test = async () => {
    const { data } = await call<WebhookDelivery>('POST', `${path}/test`)
    toast(
      data.status === 'delivered' ? t('hook.test_taken') : t('hook.test_failed', { cause: causeOf(data) }),
    )
    await refresh()
  }
  const turn = async () => {
    await call('PATCH', path, { body: { enabled: !webhook.enabled } })
    await refresh()
  }
  const resend = async ({ id }: WebhookDelivery) => {
    await call('POST', `${path}/resend`, { body: { delivery_id: id } })
    toast(t('hook.resent'))
    await refresh()
  }
  const remove = async () => {
    await call('DELETE', path)
    toast(t('hook.deleted', { host: hostOf(webhook) }))
    await refresh()
    await navigate({ to: '/console/webhooks' })
  }
  return (
    <>
      <TableScreen
        title={hostOf(webhook)}
        subtitle={
          <>
            {webhook.description && <span className="sub">{webhook.description}</span>}
            <WebhookStatus webhook={webhook} /> <code>{webhook.url}</code>{' '}
            <EventTypes events={webhook.events} />
          </>
        }
        actions={
          mayWrite && (
            <>
              <Button onClick={() => void test().catch(tell)}>{t('hook.test')}</Button>
              <Button onClick={() => setOpen('resend')}>{t('hook.resend_more')}</Button>
              {mayOpen && <Button onClick={() => setOpen('change')}>{t('hook.change')}</Button>}
              {mayOpen && (
                <Button onClick={() => void turn().catch(tell)}>
                  {t(webhook.enabled ? 'hook.turn_off' : 'hook.turn_on')}
                </Button>
              )}
              <ConfirmButton
                title={t('hook.delete_title', { host: hostOf(webhook) })}
                text={t('hook.delete_text')}
                button={t('hook.delete')}
                act={remove}
              />
            </>
          )
        }
        table={table}
        idOf={({ id }) => id}
        columns={columns(table.rows)}
        rowActions={(delivery) =>
          mayWrite &&
          delivery.sequence !== null &&
          delivery.status !== 'pending' && (
            <Button onClick={() => void resend(delivery).catch(tell)}>{t('hook.resend')}</Button>
          )
        }
        empty={{ title: t('hook.no_deliveries'), text: t('hook.no_deliveries_text') }}
      />
      {open === 'change' && <WebhookDialog webhook={webhook} onClose={close} onSaved={refresh} />}
      {open === 'resend' && <ResendDialog webhook={webhook} onClose={close} onSent={refresh} />}
    </>
  )
}

const tones = { delivered: 'good', pending: 'warn', failed: 'bad' } as const

/** Why the receiver did not take the event. */
function causeOf({ error, response }: WebhookDelivery): string {
  if (error === 'bad_status' && response) return t('delivery.answered', { status: response.status })
  return error === null ? '' : textOr(`delivery.error.${error}`, error)
}

function columns(rows: readonly WebhookDelivery[]): Column<WebhookDelivery>[] {
  const isStuck = rows.some(({ status, attempts }) => status === 'pending' && attempts > 0)
  return [
    {
      head: t('delivery.event'),
      cell: ({ type, status, request }) => (
        <>
          <code>{type}</code> <Tag tone={tones[status]}>{t(`delivery.status.${status}`)}</Tag>
          {request && (
            <details>
              <summary>{t('delivery.request')}</summary>
              <pre className="wrap">{request.body}</pre>
            </details>
          )}
        </>
      ),
    },
    {
      head: t('delivery.answer'),
      cell: ({ response, error, status, attempts }) => (
        <>
          {isStuck && status === 'pending' && attempts === 0 && (
            <span className="sub">{t('delivery.waits')}</span>
          )}
          {response && <code>{response.status}</code>}
          {error && <span className="sub">{textOr(`delivery.error.${error}`, error)}</span>}
          {response?.body && <span className="sub">{response.body.slice(0, 200)}</span>}
        </>
      ),
      isLabelled: true,
    },
    {
      head: t('delivery.attempts'),
      cell: ({ attempts, next_attempt_at: next }) => (
        <>
          {attempts}
          {next !== null && attempts > 0 && (
            <span className="sub">
              {t('delivery.next')} <Time at={next} isExact />
            </span>
          )}
        </>
      ),
      isTight: true,
      isLabelled: true,
    },
    {
      head: t('delivery.created'),
      cell: ({ created_at }) => <Time at={created_at} />,
      isTight: true,
      isLabelled: true,
    },
  ]
}
