import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { useSession } from '../api/session.ts'
import { allPermissions, type Role } from '../api/types.ts'
import { t } from '../text/text.ts'
import { CheckField, TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { PermissionChoice } from '../ui/permission-choice.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { rolesQuery } from '../users/filter-chips.tsx'

/**
 * Creates or changes a role; for a built-in one only the requirement of a second factor. It offers only permissions of
 * the user, and those of the role.
 */
export function RoleDialog({ role, onClose }: { role: Role | null; onClose(): void }) {
  const queries = useQueryClient()
  const { permissions } = useSession()
  const [chosen, setChosen] = useState(role?.permissions ?? [])
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const offered = allPermissions.filter((each) => permissions.has(each) || role?.permissions.includes(each))

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const description = String(data.get('description') ?? '').trim()
    const name = String(data.get('name') ?? '').trim()
    const second_factor_required = data.get('second_factor') !== null
    setBusy(true)
    setError(null)
    try {
      if (role)
        await call('PATCH', `/roles/${encodeURIComponent(role.name)}`, {
          body: role.built_in
            ? { second_factor_required }
            : { description, permissions: chosen, second_factor_required },
        })
      else
        await call('POST', '/roles', {
          body: { name, description, permissions: chosen, second_factor_required },
        })
      await queries.invalidateQueries({ queryKey: rolesQuery.queryKey })
      toast(t('saved'))
      onClose()
    } catch (caught) {
      setError(caught)
      setBusy(false)
    }
  }

  return (
    <Dialog title={role ? role.name : t('roles.new')} isOpen onClose={onClose} width="wide">
      <form className="stack" onSubmit={save} noValidate>
        <ProblemNotice error={error} shown={['name', 'description', 'permissions']} />
        {!role && (
          <TextField
            label={t('roles.name')}
            name="name"
            maxLength={64}
            autoComplete="off"
            autoCapitalize="none"
            problem={faultOf(error, 'name')}
          />
        )}
        {!role?.built_in && (
          <TextField
            label={t('roles.description')}
            name="description"
            maxLength={200}
            autoComplete="off"
            defaultValue={role?.description ?? ''}
            problem={faultOf(error, 'description')}
          />
        )}
        <CheckField
          label={t('roles.second_factor')}
          hint={t('roles.second_factor_hint')}
          name="second_factor"
          defaultChecked={role?.second_factor_required ?? false}
        />
        {!role?.built_in && (
          <PermissionChoice
            label={t('roles.permissions')}
            offered={offered}
            chosen={chosen}
            change={setChosen}
            problem={faultOf(error, 'permissions')}
          />
        )}
        <FormActions button={t('save')} onCancel={onClose} isBusy={isBusy} />
      </form>
    </Dialog>
  )
}
