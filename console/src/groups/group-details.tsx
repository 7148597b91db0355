import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { RoleChoice } from '../users/role-choice.tsx'
import { useRefreshGroups, type VersionedGroup } from './group-query.ts'

/** The fields of a group and the roles that it gives. */
export function GroupDetails({ versioned, mayWrite }: { versioned: VersionedGroup; mayWrite: boolean }) {
  const { group, etag } = versioned
  const refresh = useRefreshGroups()
  const [roles, setRoles] = useState<string[]>(group.roles)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => String(data.get(name)).trim()
    const body = {
      name: text('name'),
      description: text('description'),
      external_id: text('external_id') || null,
      roles,
    }
    setBusy(true)
    setError(null)
    try {
      await call('PATCH', `/groups/${group.id}`, { body, ...(etag && { ifMatch: etag }) })
      toast(t('saved'))
      await refresh()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <form className="card pad stack" onSubmit={save} noValidate>
      <ProblemNotice error={error} shown={['name', 'description', 'external_id', 'roles']} />
      <TextField
        label={t('group.name')}
        name="name"
        maxLength={256}
        autoComplete="off"
        defaultValue={group.name}
        readOnly={!mayWrite}
        problem={faultOf(error, 'name')}
      />
      <TextField
        label={t('group.description')}
        name="description"
        maxLength={1000}
        autoComplete="off"
        defaultValue={group.description}
        readOnly={!mayWrite}
        problem={faultOf(error, 'description')}
      />
      <TextField
        label={t('group.external_id')}
        hint={t('group.external_id_hint')}
        name="external_id"
        maxLength={255}
        autoComplete="off"
        defaultValue={group.external_id ?? ''}
        readOnly={!mayWrite}
        problem={faultOf(error, 'external_id')}
      />
      <p className="dim">{t('group.roles_text')}</p>
      <RoleChoice chosen={roles} change={setRoles} isDisabled={!mayWrite} />
      {mayWrite && (
        <div className="actions">
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {t('save')}
          </Button>
        </div>
      )}
    </form>
  )
}
