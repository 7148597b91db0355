import { useMay } from '../api/session.ts'
import { PartyFilter } from '../audit/party-filter.tsx'
import { counted, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/field.tsx'

/** `user`: `me`, `all`, or the id of a user; `unused` and `expires`: days. */
export type KeySearch = { user?: string; unused?: string; expires?: string }

const unusedDays = ['30', '90', '180']
const expiryDays = ['1', '7', '30']
const dayMs = 86_400_000

/** The query of the list. The end is that of a day, so that the list is not read again at each render. */
export function queryOf({ user, unused = '', expires = '' }: KeySearch, mayHaveOwn: boolean) {
  const end = Math.ceil(Date.now() / dayMs + Number(expires)) * dayMs
  return {
    user: user ?? (mayHaveOwn ? 'me' : 'all'),
    ...(unusedDays.includes(unused) && { unused_days: unused }),
    ...(expiryDays.includes(expires) && { expires_before: new Date(end).toISOString() }),
  }
}

type Props = { search: KeySearch; whose: string; change(part: KeySearch): void }

export function KeyFilters({ search, whose, change }: Props) {
  const may = useMay()
  const isOneUser = whose !== 'me' && whose !== 'all'
  return (
    <div className="filters">
      {may('api_keys:write') && (
        <SelectField
          label={t('keys.whose')}
          value={whose === 'me' ? 'me' : 'all'}
          onChange={({ target }) => change({ user: target.value })}
        >
          <option value="me">{t('keys.mine')}</option>
          <option value="all">{t('keys.all')}</option>
        </SelectField>
      )}
      {whose !== 'me' && (
        <PartyFilter
          label="keys.owner"
          value={isOneUser ? whose : undefined}
          set={(id) => change({ user: id ?? 'all' })}
        />
      )}
      <SelectField
        label={t('keys.use')}
        value={search.unused ?? ''}
        onChange={({ target }) => change({ unused: target.value || undefined })}
      >
        <option value="">{t('keys.any_use')}</option>
        {unusedDays.map((days) => (
          <option key={days} value={days}>
            {counted('keys.unused_for', Number(days))}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t('key.expires')}
        value={search.expires ?? ''}
        onChange={({ target }) => change({ expires: target.value || undefined })}
      >
        <option value="">{t('keys.any_expiry')}</option>
        {expiryDays.map((days) => (
          <option key={days} value={days}>
            {counted('keys.expires_in', Number(days))}
          </option>
        ))}
      </SelectField>
      {(search.unused || search.expires || isOneUser) && (
        <Button
          kind="quiet"
          onClick={() =>
            change({ user: isOneUser ? 'all' : search.user, unused: undefined, expires: undefined })
          }
        >
          {t('users.clear')}
        </Button>
      )}
    </div>
  )
}
