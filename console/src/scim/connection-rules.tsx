import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import { groupsQuery } from '../groups/group-query.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { CheckField, SelectField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import type { VersionedConnection } from './connection-screen.tsx'

/** The rules of a directory connection. */
export function ConnectionRules({ versioned }: { versioned: VersionedConnection }) {
  const { connection, etag } = versioned
  const may = useMay()
  const queries = useQueryClient()
  const [groupRule, setGroupRule] = useState<string>(connection.groups)
  const groups = useQuery({ ...groupsQuery, enabled: may('groups:read') && groupRule === 'chosen' })
  const [chosen, setChosen] = useState<readonly string[]>(connection.group_ids)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const body = {
      existing_users: data.get('existing_users'),
      groups: groupRule,
      group_ids: chosen,
      on_delete: data.get('on_delete'),
      send_invitations: data.get('send_invitations') === 'on',
    }
    setBusy(true)
    setError(null)
    try {
      await call('PATCH', `/scim-connections/${connection.id}`, { body, ...(etag && { ifMatch: etag }) })
      toast(t('saved'))
      await queries.invalidateQueries({ queryKey: ['scim-connection', connection.id] })
      await queries.invalidateQueries({ queryKey: ['scim-connections'] })
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <form className="card pad stack" onSubmit={save}>
      <ProblemNotice error={error} />
      <SelectField
        label={t('scim.existing_users')}
        name="existing_users"
        defaultValue={connection.existing_users}
      >
        <option value="link">{t('scim.existing_users.link')}</option>
        <option value="refuse">{t('scim.existing_users.refuse')}</option>
      </SelectField>
      <SelectField
        label={t('scim.groups')}
        value={groupRule}
        onChange={({ target }) => setGroupRule(target.value)}
      >
        <option value="all">{t('scim.groups.all')}</option>
        <option value="own">{t('scim.groups.own')}</option>
        <option value="chosen">{t('scim.groups.chosen')}</option>
      </SelectField>
      {groupRule === 'chosen' && (
        <fieldset className="choices">
          <legend>{t('scim.groups.chosen')}</legend>
          {(groups.data ?? []).map(({ id, name }) => (
            <CheckField
              key={id}
              label={name}
              checked={chosen.includes(id)}
              onChange={({ target }) =>
                setChosen(target.checked ? [...chosen, id] : chosen.filter((each) => each !== id))
              }
            />
          ))}
        </fieldset>
      )}
      <SelectField label={t('scim.on_delete')} name="on_delete" defaultValue={connection.on_delete}>
        <option value="delete">{t('scim.on_delete.delete')}</option>
        <option value="deactivate">{t('scim.on_delete.deactivate')}</option>
      </SelectField>
      <CheckField
        label={t('scim.send_invitations')}
        name="send_invitations"
        defaultChecked={connection.send_invitations}
      />
      <div className="actions end">
        <Button type="submit" kind="primary" isBusy={isBusy}>
          {t('save')}
        </Button>
      </div>
    </form>
  )
}
