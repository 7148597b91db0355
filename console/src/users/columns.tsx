/** The columns of the list of users. The choice is stored in this browser; the name is always shown. */
import { Check, Columns3 } from 'lucide-react'
import { useState } from 'react'
import { read, write } from '../text/storage.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Menu } from '../ui/menu.tsx'

const columns = [
  'email',
  'status',
  'roles',
  'external_id',
  'last_login_at',
  'updated_at',
  'created_at',
] as const
export type Column = (typeof columns)[number]

const usual: readonly Column[] = ['email', 'status', 'roles', 'last_login_at', 'created_at']
const storageKey = 'roster-user-columns'

export function columnLabel(column: Column): string {
  const texts = {
    email: 'user.email',
    status: 'user.status',
    roles: 'user.roles',
    external_id: 'user.external_id',
    last_login_at: 'user.last_sign_in',
    updated_at: 'user.updated',
    created_at: 'user.created',
  } as const
  return t(texts[column])
}

export function useColumns() {
  const [shown, setShown] = useState(readColumns)
  const toggle = (column: Column) => {
    const next = new Set(shown)
    if (!next.delete(column)) next.add(column)
    setShown(next)
    write(storageKey, [...next].join(' '))
  }
  return { shown, toggle }
}

export function ColumnMenu({ shown, toggle }: ReturnType<typeof useColumns>) {
  return (
    <Menu
      trigger={
        <Button kind="quiet" icon={<Columns3 size={16} aria-hidden />}>
          {t('users.columns')}
        </Button>
      }
      items={columns.map((column) => ({
        label: columnLabel(column),
        isChecked: shown.has(column),
        icon: <Check size={16} aria-hidden visibility={shown.has(column) ? 'visible' : 'hidden'} />,
        act: () => toggle(column),
      }))}
    />
  )
}

function readColumns(): ReadonlySet<Column> {
  const kept = read(storageKey)
  return new Set(kept === null ? usual : columns.filter((column) => kept.split(' ').includes(column)))
}
