import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/field.tsx'
import { groupsQuery } from './group-query.ts'

type Props = {
  label: string
  button: string
  /** Groups that are not offered. */
  without: readonly string[]
  choose(id: string): Promise<void>
}

/** A list of groups to choose from, and the button that adds the chosen one. */
export function GroupChoice({ label, button, without, choose }: Props) {
  const groups = useQuery(groupsQuery)
  const [id, setId] = useState('')
  const [isBusy, setBusy] = useState(false)
  const offered = (groups.data ?? []).filter((group) => !without.includes(group.id))
  const take = async () => {
    setBusy(true)
    await choose(id)
    setId('')
    setBusy(false)
  }
  return (
    <div className="entry">
      <SelectField label={label} value={id} onChange={({ target }) => setId(target.value)}>
        <option value="">{t('group.choose_one')}</option>
        {offered.map((group) => (
          <option key={group.id} value={group.id}>
            {group.name}
          </option>
        ))}
      </SelectField>
      <Button disabled={id === ''} isBusy={isBusy} onClick={() => void take()}>
        {button}
      </Button>
    </div>
  )
}
