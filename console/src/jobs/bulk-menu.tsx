import { useNavigate } from '@tanstack/react-router'
import { ListChecks } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Job } from '../api/types.ts'
import { counted, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Menu } from '../ui/menu.tsx'
import type { apiQuery } from '../users/user-filters.ts'

type Kind = 'disable' | 'enable' | 'end_sessions' | 'send_verification' | 'delete'

/** What can be done with all users that match the filters. */
export function BulkMenu({ query, count }: { query: ReturnType<typeof apiQuery>; count: number }) {
  const may = useMay()
  const navigate = useNavigate()
  const [kind, setKind] = useState<Kind | null>(null)
  const kinds: Kind[] = ['disable', 'enable', 'end_sessions', 'send_verification']
  if (may('users:delete')) kinds.push('delete')
  const filter = Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => {
      if (value === undefined) return []
      return [[name, name === 'email_verified' ? value === 'true' : value]]
    }),
  )
  return (
    <>
      <Menu
        trigger={
          <Button kind="quiet" icon={<ListChecks size={16} aria-hidden />}>
            {t('bulk.open')}
          </Button>
        }
        items={kinds.map((each) => ({
          label: t(`job.${each}`),
          isDangerous: each === 'delete',
          act: () => setKind(each),
        }))}
      />
      <Confirm
        title={kind ? t('bulk.title', { what: t(`job.${kind}`), users: counted('users.count', count) }) : ''}
        text={<p className="dim">{t('bulk.text')}</p>}
        button={kind ? t(`job.${kind}`) : ''}
        isDangerous={kind === 'delete' || kind === 'disable'}
        isOpen={kind !== null}
        onClose={() => setKind(null)}
        act={async () => {
          await call<Job>('POST', '/jobs', { body: { kind, filter } })
          await navigate({ to: '/console/jobs' })
        }}
      />
    </>
  )
}
