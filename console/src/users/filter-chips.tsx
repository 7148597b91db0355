import { useQuery } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Role } from '../api/types.ts'
import { groupsQuery, useGroupName } from '../groups/group-query.ts'
import { t } from '../text/text.ts'
import { Menu } from '../ui/menu.tsx'
import type { UserSearch } from './user-filters.ts'

type Props = { search: UserSearch; change(part: UserSearch): void }

export const rolesQuery = {
  queryKey: ['roles'],
  queryFn: async () => (await call<Role[]>('GET', '/roles')).data,
}

export function FilterChips({ search, change }: Props) {
  const may = useMay()
  const roles = useQuery({ ...rolesQuery, enabled: may('roles:read'), staleTime: 60_000 })
  const groups = useQuery({ ...groupsQuery, enabled: may('groups:read') })
  const groupName = useGroupName(may('groups:read') ? search.group : undefined)
  const groupOptions = (groups.data ?? []).map(({ id, name }) => [id, name] as const)
  return (
    <>
      <Chip
        label={t('users.filter.status')}
        value={search.status}
        options={[
          ['active', t('status.active')],
          ['disabled', t('status.disabled')],
        ]}
        choose={(status) => change({ ...search, status })}
      />
      <Chip
        label={t('users.filter.verified')}
        value={search.verified}
        options={[
          ['true', t('yes')],
          ['false', t('no')],
        ]}
        choose={(verified) => change({ ...search, verified })}
      />
      <Chip
        label={t('users.filter.factor')}
        value={search.factor}
        options={[
          ['true', t('yes')],
          ['false', t('no')],
        ]}
        choose={(factor) => change({ ...search, factor })}
      />
      {may('roles:read') && (
        <Chip
          label={t('users.filter.role')}
          value={search.role}
          options={(roles.data ?? []).map(({ name }) => [name, name])}
          choose={(role) => change({ ...search, role })}
        />
      )}
      {may('groups:read') && (
        <Chip
          label={t('users.filter.group')}
          value={search.group}
          options={
            search.group && groupName ? [...groupOptions, [search.group, groupName] as const] : groupOptions
          }
          choose={(group) => change({ ...search, group })}
        />
      )}
    </>
  )
}

type ChipProps = {
  label: string
  value: string | undefined
  options: (readonly [value: string, text: string])[]
  choose(value: string | undefined): void
}

/** One filter: a button that opens its values, and removes the filter when one is set. */
function Chip({ label, value, options, choose }: ChipProps) {
  if (value !== undefined) {
    const text = options.find(([each]) => each === value)?.[1] ?? value
    return (
      <button
        type="button"
        className="chip set"
        onClick={() => choose(undefined)}
        aria-label={t('users.filter.remove', { label: `${label}: ${text}` })}
      >
        {label}: {text}
        <X size={14} aria-hidden />
      </button>
    )
  }
  const trigger = (
    <button type="button" className="chip">
      <Plus size={14} aria-hidden />
      {label}
    </button>
  )
  return (
    <Menu
      trigger={trigger}
      items={options.map(([each, text]) => ({ label: text, act: () => choose(each) }))}
    />
  )
}
