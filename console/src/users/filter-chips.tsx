import { useQuery } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Role } from '../api/types.ts'
import { groupsQuery, useGroupName } from '../groups/group-query.ts'
import { t } from '../text/text.ts'
import { Menu, type MenuItem } from '../ui/menu.tsx'
import type { UserSearch } from './user-filters.ts'

type Props = { search: UserSearch; change(part: UserSearch): void }

export const rolesQuery = {
  queryKey: ['roles'],
  queryFn: async () => (await call<Role[]>('GET', '/roles')).data,
}

export function FilterChips({ search, change }: Props) {
  const may = useMay()
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
      {may('roles:read') && <RoleChip search={search} change={change} />}
      {may('groups:read') && <GroupChip search={search} change={change} />}
    </>
  )
}

function RoleChip({ search, change }: Props) {
  const [isWanted, setWanted] = useState(false)
  const { data } = useQuery({ ...rolesQuery, enabled: isWanted, staleTime: 60_000 })
  return (
    <Chip
      label={t('users.filter.role')}
      value={search.role}
      options={data?.map(({ name }) => [name, name])}
      onIntent={() => setWanted(true)}
      choose={(role) => change({ ...search, role })}
    />
  )
}

function GroupChip({ search, change }: Props) {
  const [isWanted, setWanted] = useState(false)
  const { data } = useQuery({ ...groupsQuery, enabled: isWanted })
  const name = useGroupName(search.group)
  return (
    <Chip
      label={t('users.filter.group')}
      value={search.group}
      text={name}
      options={data?.map((group) => [group.id, group.name])}
      onIntent={() => setWanted(true)}
      choose={(group) => change({ ...search, group })}
    />
  )
}

type ChipProps = {
  label: string
  value: string | undefined
  /** The name of the value; by default the text of its option. */
  text?: string | undefined
  /** The options; undefined while they are loading. */
  options: (readonly [value: string, text: string])[] | undefined
  /** Called when the button gets the pointer or the focus. */
  onIntent?(): void
  choose(value: string | undefined): void
}

/** One filter: a button that opens its values, and removes the filter when one is set. */
function Chip({ label, value, text, options, onIntent, choose }: ChipProps) {
  if (value !== undefined) {
    const shown = text ?? options?.find(([each]) => each === value)?.[1] ?? value
    return (
      <button
        type="button"
        className="chip set"
        onClick={() => choose(undefined)}
        aria-label={t('users.filter.remove', { label: `${label}: ${shown}` })}
      >
        {label}: {shown}
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
  return <Menu trigger={trigger} items={itemsOf(options, choose)} {...(onIntent && { onIntent })} />
}

function itemsOf(options: ChipProps['options'], choose: ChipProps['choose']): MenuItem[] {
  if (options?.length === 0) return [{ label: t('users.filter.none'), isDisabled: true }]
  return (options ?? []).map(([each, text]) => ({ label: text, act: () => choose(each) }))
}
