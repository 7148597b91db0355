import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { ListChecks } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay, useSession } from '../api/session.ts'
import type { Job } from '../api/types.ts'
import { counted, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { SelectField } from '../ui/field.tsx'
import { Menu } from '../ui/menu.tsx'
import { rolesQuery } from '../users/filter-chips.tsx'
import { apiQuery } from '../users/user-filters.ts'

type Kind =
  | 'disable'
  | 'enable'
  | 'end_sessions'
  | 'send_verification'
  | 'delete'
  | 'add_role'
  | 'remove_role'
type Props = {
  /** All users that match the filters, or those that were selected. */
  of: { query: ReturnType<typeof apiQuery> } | { ids: readonly string[] }
  count: number
}

/** The actions for many users. */
export function BulkMenu({ of, count }: Props) {
  const may = useMay()
  const navigate = useNavigate()
  const [kind, setKind] = useState<Kind | null>(null)
  const [chosen, setRole] = useState<string | null>(null)
  const isSelection = 'ids' in of
  const needsRole = kind === 'add_role' || kind === 'remove_role'
  const { data: roles = [] } = useQuery({ ...rolesQuery, enabled: needsRole })
  const role = needsRole ? (chosen ?? roles[0]?.name ?? null) : null
  const nameOf = (each: Kind) =>
    t(each === 'add_role' || each === 'remove_role' ? `bulk.${each}` : `job.${each}`)
  const kinds: Kind[] = ['disable', 'enable', 'end_sessions', 'send_verification']
  if (may('roles:read')) kinds.push('add_role', 'remove_role')
  if (may('users:delete')) kinds.push('delete')
  const ownId = useSession().user.id
  const own = useQuery({
    queryKey: ['users', 'count', 'own', isSelection ? null : of.query, ownId],
    enabled: kind !== null && !isSelection,
    async queryFn() {
      const query: ReturnType<typeof apiQuery> = isSelection ? apiQuery({}) : of.query
      const isOwn = `id eq "${ownId}"`
      const filter = query.filter ? `(${query.filter}) and ${isOwn}` : isOwn
      return (await call<unknown[]>('GET', '/users', { query: { ...query, filter, limit: 1 } })).data.length
    },
  })
  const left = count - (isSelection ? Number(of.ids.includes(ownId)) : (own.data ?? 0))
  const selection = isSelection ? { ids: of.ids } : { filter: filterOf(of.query) }
  return (
    <>
      <Menu
        trigger={
          <Button kind="quiet" icon={<ListChecks size={16} aria-hidden />}>
            {t(isSelection ? 'bulk.open_selected' : 'bulk.open')}
          </Button>
        }
        items={kinds.map((each) => ({
          label: nameOf(each),
          isDangerous: each === 'delete',
          act: () => setKind(each),
        }))}
      />
      <Confirm
        title={kind ? t('bulk.title', { what: nameOf(kind), users: counted('users.count', left) }) : ''}
        text={
          <>
            <p className="dim">{t(isSelection ? 'bulk.text_selected' : 'bulk.text')}</p>
            {needsRole && (
              <SelectField
                label={t('bulk.role')}
                value={role ?? ''}
                onChange={({ target }) => setRole(target.value)}
              >
                {roles.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </SelectField>
            )}
          </>
        }
        button={kind ? nameOf(kind) : ''}
        isDangerous={kind === 'delete' || kind === 'disable'}
        isOpen={kind !== null}
        onClose={() => setKind(null)}
        act={async () => {
          await call<Job>('POST', '/jobs', { body: { kind, ...selection, ...(role && { role }) } })
          await navigate({ to: '/console/jobs' })
        }}
      />
    </>
  )
}

/** The filters of the address as the body of a request has them. */
function filterOf(query: ReturnType<typeof apiQuery>): Record<string, unknown> {
  const flags = ['email_verified', 'second_factor']
  return Object.fromEntries(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, flags.includes(name) ? value === 'true' : value]),
  )
}
