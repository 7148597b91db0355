import { useState } from 'react'
import type { User } from '../api/types.ts'
import { list, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/later.tsx'
import type { Changes } from './draft.ts'

type Props = {
  was: User
  theirs: User
  mine: Changes
  onClose(): void
  keepMine(): Promise<void>
  takeTheirs(): void
}

/** Another user saved first: shows both versions and lets the user choose. */
export function VersionConflict({ was, theirs, mine, onClose, keepMine, takeTheirs }: Props) {
  const [isBusy, setBusy] = useState(false)
  const names = (
    [
      'username',
      'email',
      'first_name',
      'last_name',
      'locale',
      'external_id',
      'email_verified',
      'roles',
    ] as const
  ).filter((name) => name in mine || shown(theirs[name]) !== shown(was[name]))
  return (
    <Dialog title={t('conflict.title')} isOpen onClose={onClose} width="wide">
      <p>{t('conflict.text')}</p>
      <div className="card table-box">
        <table>
          <thead>
            <tr>
              <th>{t('conflict.field')}</th>
              <th>{t('conflict.was')}</th>
              <th>{t('conflict.theirs')}</th>
              <th>{t('conflict.mine')}</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <td>{t(`user.${name}`)}</td>
                <td className="dim">{shown(was[name])}</td>
                <td>{shown(theirs[name])}</td>
                <td>{shown(name in mine ? mine[name] : theirs[name])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="actions end">
        <Button onClick={onClose}>{t('conflict.edit')}</Button>
        <Button onClick={takeTheirs}>{t('conflict.take_theirs')}</Button>
        <Button
          kind="primary"
          isBusy={isBusy}
          onClick={async () => {
            setBusy(true)
            onClose()
            await keepMine()
          }}
        >
          {t('conflict.keep_mine')}
        </Button>
      </div>
    </Dialog>
  )
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
  return Array.isArray(value) ? list([...value].sort()) : String(value)
}
