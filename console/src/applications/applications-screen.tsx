import { Plus } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Application } from '../api/types.ts'
import { t, textOr } from '../text/text.ts'
import { CopyButton, Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'
import { toast } from '../ui/toasts.tsx'
import { ApplicationDialog } from './application-dialog.tsx'

export function ApplicationsScreen() {
  const may = useMay()
  return may('applications:read') ? <Applications /> : <NoPermission />
}

/** Applications that sign users in through this service. */
function Applications() {
  const mayWrite = useMay()('applications:write')
  const table = useTable<Application>('applications', '/applications')
  const [open, setOpen] = useState<Application | 'new' | null>(null)
  const remove = async ({ client_id, name }: Application) => {
    await call('DELETE', `/applications/${client_id}`)
    toast(t('apps.deleted', { name }))
    await table.refresh()
  }
  return (
    <>
      <TableScreen
        title={t('nav.applications')}
        subtitle={t('apps.text')}
        actions={
          mayWrite && (
            <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setOpen('new')}>
              {t('apps.new')}
            </Button>
          )
        }
        table={table}
        idOf={({ client_id }) => client_id}
        columns={columns()}
        rowActions={(application) =>
          mayWrite && (
            <span className="actions">
              <Button onClick={() => setOpen(application)}>{t('apps.change')}</Button>
              <ConfirmButton
                title={t('apps.delete_title', { name: application.name })}
                text={t('apps.delete_text')}
                button={t('apps.delete')}
                act={() => remove(application)}
              />
            </span>
          )
        }
        empty={{ title: t('apps.none'), text: t('apps.none_text') }}
      />
      {open !== null && (
        <ApplicationDialog
          application={open === 'new' ? null : open}
          onClose={() => setOpen(null)}
          onSaved={table.refresh}
        />
      )}
    </>
  )
}

function columns(): Column<Application>[] {
  return [
    {
      head: t('app.name'),
      cell: ({ client_id, name, kind }) => (
        <>
          <span className="name">{name}</span>
          <span className="sub">{textOr(`app.kind.${kind}`, kind)}</span>
          <span className="sub">
            <code className="line">
              {client_id} <CopyButton text={client_id} />
            </code>
          </span>
        </>
      ),
    },
    {
      head: t('app.redirect_uris'),
      cell: ({ redirect_uris }) =>
        redirect_uris.map((uri) => (
          <code key={uri} className="sub">
            {uri}
          </code>
        )),
      isLabelled: true,
    },
    {
      head: t('app.roles'),
      cell: ({ kind, permissions, roles }) =>
        kind === 'machine' ? (
          <span className="tags">
            {permissions.map((permission) => (
              <Tag key={permission}>{permission}</Tag>
            ))}
          </span>
        ) : roles.length === 0 ? (
          <span className="dim">{t('app.everyone')}</span>
        ) : (
          <span className="tags">
            {roles.map((role) => (
              <Tag key={role}>{role}</Tag>
            ))}
          </span>
        ),
      isLabelled: true,
    },
    {
      head: t('app.last_used'),
      cell: ({ kind, last_used_at }) =>
        kind === 'machine' ? <Time at={last_used_at} /> : <span className="dim">–</span>,
      isTight: true,
      isLabelled: true,
    },
    {
      head: t('app.created'),
      cell: ({ created_at }) => <Time at={created_at} />,
      isTight: true,
      isLabelled: true,
    },
  ]
}
