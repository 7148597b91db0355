import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { useSession } from '../api/session.ts'
import { allPermissions, type NewApiKey, type Permission } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Secret } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { PermissionChoice } from '../ui/permission-choice.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'

const lifetimes = [30, 90, 365]

/** Creates an API key, and shows its secret once. */
export function NewKeyDialog({ onClose, onMade }: { onClose(): void; onMade(): unknown }) {
  const { permissions } = useSession()
  const [chosen, setChosen] = useState<Permission[]>([])
  const [made, setMade] = useState<NewApiKey | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function make(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const days = Number(data.get('days'))
    setBusy(true)
    setError(null)
    try {
      const body = {
        name: String(data.get('name')).trim(),
        permissions: chosen,
        expires_at: new Date(Date.now() + days * 86_400_000).toISOString(),
      }
      setMade((await call<NewApiKey>('POST', '/api-keys', { body })).data)
      onMade()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  if (made)
    return (
      <Dialog title={t('keys.made', { name: made.name })} isOpen onClose={onClose}>
        <p>{t('keys.made_text')}</p>
        {made.secret && <Secret text={made.secret} />}
        <div className="actions end">
          <Button kind="primary" onClick={onClose}>
            {t('done')}
          </Button>
        </div>
      </Dialog>
    )
  return (
    <Dialog title={t('keys.new')} isOpen onClose={onClose} width="wide">
      <form className="stack" onSubmit={make} noValidate>
        <ProblemNotice error={error} shown={['name', 'permissions', 'expires_at']} />
        <TextField
          label={t('key.name')}
          hint={t('keys.name_hint')}
          name="name"
          maxLength={100}
          autoComplete="off"
          problem={faultOf(error, 'name')}
        />
        <SelectField
          label={t('key.expires')}
          name="days"
          defaultValue={90}
          problem={faultOf(error, 'expires_at')}
        >
          {lifetimes.map((days) => (
            <option key={days} value={days}>
              {t('keys.in_days', { days })}
            </option>
          ))}
        </SelectField>
        <PermissionChoice
          label={t('key.permissions')}
          offered={allPermissions.filter((each) => permissions.has(each))}
          chosen={chosen}
          change={setChosen}
          problem={faultOf(error, 'permissions')}
        />
        <FormActions button={t('keys.create')} onCancel={onClose} isBusy={isBusy} />
      </form>
    </Dialog>
  )
}
