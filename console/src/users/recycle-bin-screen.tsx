import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { User } from '../api/types.ts'
import { page } from '../page.ts'
import { t } from '../text/text.ts'
import { Avatar, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { problemText } from '../ui/problem.tsx'
import { NoPermission } from '../ui/states.tsx'
import { type Column, TableScreen, useTable } from '../ui/table-screen.tsx'
import { toast, toastError } from '../ui/toasts.tsx'
import { type Clash, clashOf, NameTaken } from './name-taken.tsx'
import { fullName } from './user-status.tsx'

export function RecycleBinScreen() {
  const may = useMay()
  return may('users:read') ? <RecycleBin /> : <NoPermission />
}

function RecycleBin() {
  const mayDelete = useMay()('users:delete')
  const table = useTable<User>('users', '/users', { deleted: true, sort: '-updated_at' })
  const [clash, setClash] = useState<Clash | null>(null)
  const restore = async (user: User) => {
    const { id, username } = user
    try {
      await call('POST', `/users/${id}/restore`)
      toast(t('bin.restored', { name: username }))
      await table.refresh()
    } catch (error) {
      const found = await clashOf(user, error)
      if (found) return setClash(found)
      toastError(problemText(error))
    }
  }
  const purge = async ({ id, username }: User) => {
    await call('DELETE', `/users/${id}`, { query: { purge: true } })
    toast(t('bin.purged', { name: username }))
    await table.refresh()
  }
  return (
    <>
      {clash && <NameTaken {...clash} onClose={() => setClash(null)} />}
      <TableScreen
        title={t('nav.recycle_bin')}
        subtitle={t('bin.text', { days: page.recycle_days })}
        table={table}
        idOf={({ id }) => id}
        columns={columns()}
        rowActions={(user) =>
          mayDelete && (
            <span className="actions end">
              <Button icon={<Undo2 size={16} aria-hidden />} onClick={() => restore(user)}>
                {t('bin.restore')}
              </Button>
              <ConfirmButton
                title={t('bin.purge_title', { name: user.username })}
                text={t('bin.purge_text')}
                button={t('bin.purge')}
                typed={user.username}
                act={() => purge(user)}
              />
            </span>
          )
        }
        empty={{ title: t('bin.empty'), text: t('bin.empty_text') }}
      />
    </>
  )
}

function columns(): Column<User>[] {
  return [
    {
      head: t('user.name'),
      cell: (user) => (
        <span className="who">
          <Avatar name={fullName(user) || user.username} />
          <span className="name">{user.username}</span>
        </span>
      ),
    },
    { head: t('user.email'), cell: ({ email }) => email },
    {
      // The deletion is the last change of a user in the bin.
      head: t('bin.deleted'),
      cell: ({ updated_at }) => <Time at={updated_at} />,
      isTight: true,
      isLabelled: true,
    },
    {
      head: t('bin.erased'),
      cell: ({ updated_at }) => <Time at={inDays(updated_at, page.recycle_days)} />,
      isTight: true,
      isLabelled: true,
    },
  ]
}

function inDays(instant: string, days: number): string {
  return new Date(Date.parse(instant) + days * 86_400_000).toISOString()
}
