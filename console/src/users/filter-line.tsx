/** A filter in the grammar of the API, with completion of its fields and operators. */
import { X } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { completions } from './filter-words.ts'

type Props = { value: string | undefined; set(value: string | undefined): void; close(): void }

export function FilterLine({ value = '', set, close }: Props) {
  const [text, setText] = useState(value)
  const id = useId()
  const send = (event: FormEvent) => {
    event.preventDefault()
    set(text.trim() || undefined)
  }
  return (
    <form className="filter-line" onSubmit={send}>
      <input
        // biome-ignore lint/a11y/noAutofocus: the line is opened to type into it
        autoFocus={value === ''}
        className="input mono"
        aria-label={t('users.filter.line')}
        placeholder={'metadata.team eq "press" and not (status eq "disabled")'}
        list={id}
        maxLength={2000}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key }) => {
          if (key === 'Escape' && text === '') close()
        }}
      />
      <datalist id={id}>
        {completions(text).map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <Button type="submit">{t('users.filter.apply')}</Button>
      <Button
        kind="quiet"
        label={t('users.filter.close')}
        icon={<X size={16} aria-hidden />}
        onClick={close}
      />
    </form>
  )
}
