/** `Ctrl+K` or `⌘K`: opens a screen, or a user by name or address. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type LinkProps, useNavigate } from '@tanstack/react-router'
import { Braces, Search, Terminal } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { call } from '../api/call.ts'
import { readOfScreen } from '../api/recent-read.ts'
import { useMay } from '../api/session.ts'
import type { User } from '../api/types.ts'
import type { NavGroup } from '../shell/frame.tsx'
import { t } from '../text/text.ts'
import { Avatar } from '../ui/bits.tsx'
import { BaseDialog as Base } from '../ui/overlays.tsx'
import { toast } from '../ui/toasts.tsx'
import { fullName } from '../users/user-status.tsx'
import { copyAs } from './copy-as.ts'
import './palette.css'

type Choice = { key: string; label: string; sub?: string; icon: ReactNode; link?: LinkProps; act?(): void }

/** The delay between the last key stroke and the search for users. */
const pause = 120
const shownUsers = 6

export function Palette({ groups, onClose }: { groups: readonly NavGroup[]; onClose(): void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const navigate = useNavigate()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const [read] = useState(readOfScreen)
  const choices = [...useUsers(text), ...screens(groups, text), ...copies(read, text)]
  const current = Math.min(at, choices.length - 1)
  const go = (choice: Choice | undefined) => {
    if (!choice) return
    onClose()
    choice.act?.()
    if (choice.link) void navigate(choice.link as Parameters<typeof navigate>[0])
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(current + 1, choices.length - 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0))
    else if (event.key === 'Enter') go(choices[current])
    else return
    event.preventDefault()
  }
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: 'nearest' })
  }, [current])
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className="dialog palette" aria-label={t('palette.title')}>
          <div className="palette-search">
            <Search size={18} aria-hidden />
            <input
              // biome-ignore lint/a11y/noAutofocus: the palette is opened to type into it
              autoFocus
              role="combobox"
              aria-label={t('palette.hint')}
              aria-expanded
              aria-controls={`${id}-list`}
              aria-activedescendant={choices[current] ? `${id}-${current}` : undefined}
              autoComplete="off"
              spellCheck={false}
              placeholder={t('palette.hint')}
              maxLength={100}
              value={text}
              onChange={({ target }) => {
                setText(target.value)
                setAt(0)
              }}
              onKeyDown={press}
            />
          </div>
          <div
            className="palette-list"
            role="listbox"
            id={`${id}-list`}
            aria-label={t('palette.title')}
            ref={list}
          >
            {choices.map((choice, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the text box, which keeps the focus
              <div
                key={choice.key}
                id={`${id}-${index}`}
                className="menu-item"
                role="option"
                tabIndex={-1}
                aria-selected={index === current}
                data-highlighted={index === current ? '' : undefined}
                onPointerMove={() => setAt(index)}
                onClick={() => go(choice)}
              >
                {choice.icon}
                <span className="palette-label">{choice.label}</span>
                {choice.sub && <span className="palette-sub">{choice.sub}</span>}
              </div>
            ))}
          </div>
          {choices.length === 0 && <p className="palette-none dim">{t('palette.none')}</p>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

function screens(groups: readonly NavGroup[], text: string): Choice[] {
  const wanted = text.trim().toLowerCase()
  return groups
    .flatMap(({ items }) => items)
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .map(({ to, label, icon }) => ({ key: to, label, icon, link: { to } }))
}

/** The request of the screen, for use in programs. */
function copies(read: string | null, text: string): Choice[] {
  if (read === null) return []
  const wanted = text.trim().toLowerCase()
  const copy = (form: 'curl' | 'sdk', label: string, icon: ReactNode): Choice => ({
    key: form,
    label,
    sub: `GET ${read}`,
    icon,
    act: () => void navigator.clipboard.writeText(copyAs(form, read)).then(() => toast(t('copied'))),
  })
  return [
    copy('curl', t('palette.copy_curl'), <Terminal size={17} aria-hidden />),
    copy('sdk', t('palette.copy_sdk'), <Braces size={17} aria-hidden />),
  ].filter(({ label }) => label.toLowerCase().includes(wanted))
}

function useUsers(text: string): Choice[] {
  const mayRead = useMay()('users:read')
  const [q, setQ] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setQ(text.trim()), pause)
    return () => clearTimeout(timer)
  }, [text])
  const { data } = useQuery({
    queryKey: ['users', 'palette', q],
    enabled: mayRead && q !== '',
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (await call<User[]>('GET', '/users', { query: { q, limit: shownUsers }, signal })).data,
  })
  if (text.trim() === '') return []
  return (data ?? []).map((user) => ({
    key: user.id,
    label: user.username,
    sub: user.email ?? '',
    icon: <Avatar name={fullName(user) || user.username} />,
    link: { to: '/console/users/$id', params: { id: user.id } },
  }))
}
