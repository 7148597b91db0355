/** Named searches, filters and orders of the list of users. They are stored in this browser. */

import { useNavigate } from '@tanstack/react-router'
import { Bookmark, BookmarkPlus, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { read, write } from '../text/storage.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { Menu } from '../ui/menu.tsx'
import { toast } from '../ui/toasts.tsx'
import type { UserSearch } from './user-filters.ts'

type View = { name: string; search: UserSearch }
const storageKey = 'roster-user-views'
const most = 20

export function SavedViews({ search }: { search: UserSearch }) {
  const [views, setViews] = useState(readViews)
  const [isNaming, setNaming] = useState(false)
  const navigate = useNavigate()
  const keep = (next: View[]) => {
    setViews(next)
    write(storageKey, JSON.stringify(next))
  }
  const isEmpty = textOf(search) === textOf({})
  const shown = views.find((view) => textOf(view.search) === textOf(search))
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name')).trim()
    if (name === '') return
    keep([...views.filter((view) => view.name !== name), { name, search }].slice(-most))
    setNaming(false)
    toast(t('views.saved', { name }))
  }
  if (views.length === 0 && isEmpty) return null
  return (
    <>
      <Menu
        trigger={
          <Button kind="quiet" icon={<Bookmark size={16} aria-hidden />}>
            {shown?.name ?? t('views.title')}
          </Button>
        }
        items={[
          ...views.map((view) => ({
            label: view.name,
            act: () => void navigate({ to: '/console/users', search: view.search }),
          })),
          ...(views.length > 0 && (shown || !isEmpty) ? [null] : []),
          ...(shown
            ? [
                {
                  label: t('views.remove', { name: shown.name }),
                  icon: <Trash2 size={16} aria-hidden />,
                  isDangerous: true,
                  act: () => keep(views.filter((view) => view !== shown)),
                },
              ]
            : isEmpty
              ? []
              : [
                  {
                    label: t('views.save'),
                    icon: <BookmarkPlus size={16} aria-hidden />,
                    act: () => setNaming(true),
                  },
                ]),
        ]}
      />
      <Dialog title={t('views.save')} isOpen={isNaming} onClose={() => setNaming(false)}>
        <form className="stack" onSubmit={save}>
          <TextField
            label={t('views.name')}
            hint={t('views.hint')}
            name="name"
            maxLength={60}
            autoComplete="off"
            required
          />
          <FormActions button={t('save')} onCancel={() => setNaming(false)} />
        </form>
      </Dialog>
    </>
  )
}

/** The same text for the same view. */
function textOf(search: UserSearch): string {
  return JSON.stringify(
    Object.entries(search)
      .filter(([, value]) => value)
      .sort(([a], [b]) => a.localeCompare(b)),
  )
}

function readViews(): View[] {
  try {
    const found: unknown = JSON.parse(read(storageKey) ?? '[]')
    return Array.isArray(found) ? found.filter((view) => typeof view?.name === 'string' && view.search) : []
  } catch {
    return []
  }
}
