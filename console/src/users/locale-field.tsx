import { languages } from '../text/language.ts'
import { t } from '../text/text.ts'
import { SelectField } from '../ui/field.tsx'
import { faultOf } from '../ui/problem.tsx'
import type { UserFormState } from './user-form.tsx'

/** The language of mails to the user, and of the pages. */
export function LocaleField({ form, isReadOnly = false }: { form: UserFormState; isReadOnly?: boolean }) {
  const { draft, user, error, set } = form
  const known: Record<string, string> = languages
  const isOther = user.locale !== null && !(user.locale in known)
  return (
    <SelectField
      label={t('user.locale')}
      hint={t('user.locale_hint')}
      value={draft.locale}
      disabled={isReadOnly}
      problem={faultOf(error, 'locale')}
      onChange={({ target }) => set({ locale: target.value })}
    >
      <option value="">{t('user.locale_none')}</option>
      {Object.entries(known).map(([tag, name]) => (
        <option key={tag} value={tag}>
          {name}
        </option>
      ))}
      {isOther && <option value={user.locale ?? ''}>{user.locale}</option>}
    </SelectField>
  )
}
