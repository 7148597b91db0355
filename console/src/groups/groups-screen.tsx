import { Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Group } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'

export function GroupsScreen() {
  const may = useMay()
  return may('groups:read') ? <Groups /> : <NoPermission />
}

function Groups() {
  const may = useMay()
  const [prefix, setPrefix] = useState('')
  const table = useTable<Group>('groups', '/groups', { q: prefix.trim() || undefined })
  const [isMaking, setMaking] = useState(false)
  return (
    <>
      <TableScreen
        title={t('nav.groups')}
        subtitle={t('groups.text')}
        actions={
          may('groups:write') && (
            <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setMaking(true)}>
              {t('groups.new')}
            </Button>
          )
        }
        table={table}
        idOf={({ id }) => id}
        columns={columns()}
        empty={
          prefix.trim() === ''
            ? { title: t('groups.none'), text: t('groups.none_text') }
            : { title: t('groups.no_match') }
        }
      >
        <search className="toolbar">
          <input
            className="input narrow"
            type="search"
            aria-label={t('groups.search')}
            placeholder={t('groups.search')}
            value={prefix}
            onChange={({ target }) => setPrefix(target.value)}
          />
        </search>
      </TableScreen>
      {isMaking && <NewGroupDialog onClose={() => setMaking(false)} />}
    </>
  )
}

function columns(): Column<Group>[] {
  return [
    {
      head: t('group.name'),
      cell: ({ id, name, description }) => (
        <>
          <Link to="/console/groups/$id" params={{ id }} className="name">
            {name}
          </Link>
          {description && <span className="sub">{description}</span>}
        </>
      ),
    },
    {
      head: t('group.roles'),
      cell: ({ roles }) =>
        roles.length === 0 ? (
          <span className="dim">{t('group.no_roles')}</span>
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
      head: t('group.updated'),
      cell: ({ updated_at }) => <Time at={updated_at} />,
      isTight: true,
      isLabelled: true,
    },
  ]
}

function NewGroupDialog({ onClose }: { onClose(): void }) {
  const navigate = useNavigate()
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function make(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const body = {
      name: String(data.get('name')).trim(),
      description: String(data.get('description')).trim(),
    }
    setBusy(true)
    setError(null)
    try {
      const { id } = (await call<Group>('POST', '/groups', { body })).data
      await navigate({ to: '/console/groups/$id', params: { id } })
    } catch (caught) {
      setError(caught)
      setBusy(false)
    }
  }

  return (
    <Dialog title={t('groups.new')} isOpen onClose={onClose}>
      <form className="stack" onSubmit={make} noValidate>
        <ProblemNotice error={error} shown={['name', 'description']} />
        <TextField
          label={t('group.name')}
          name="name"
          maxLength={256}
          autoComplete="off"
          problem={faultOf(error, 'name')}
        />
        <TextField
          label={t('group.description')}
          name="description"
          maxLength={1000}
          autoComplete="off"
          problem={faultOf(error, 'description')}
        />
        <FormActions button={t('groups.create')} onCancel={onClose} isBusy={isBusy} />
      </form>
    </Dialog>
  )
}
