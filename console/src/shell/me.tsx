/** Who is signed in: the way to the account, language, theme, signing out. */
import { BookOpen, ChevronsUpDown, LogOut, Moon, ShieldCheck, Sun, SunMoon, UserRound } from 'lucide-react'
import { useState } from 'react'
import { signOut, useSession } from '../api/session.ts'
import { page } from '../page.ts'
import { keepLanguage, keepTheme, type Language, languages, readTheme } from '../text/language.ts'
import { currentLanguage, t } from '../text/text.ts'
import { Avatar } from '../ui/bits.tsx'
import { Menu, type MenuItem } from '../ui/menu.tsx'
import { problemText } from '../ui/problem.tsx'
import { toastError } from '../ui/toasts.tsx'
import { patchUser } from '../users/user-query.ts'
import { mayUseConsole } from './rights.ts'

const themeIcons = { system: SunMoon, light: Sun, dark: Moon }
const nextTheme = { system: 'light', light: 'dark', dark: 'system' } as const

export function Me() {
  const { user, permissions, impersonator } = useSession()
  const [theme, setTheme] = useState(readTheme)
  /** The choice is stored in the account, for mails and other browsers too, unless an administrator acts as the user. */
  async function choose(language: Language) {
    if (!impersonator) await patchUser(user.id, { locale: language })
    keepLanguage(language)
    location.reload()
  }
  const isConsole = location.pathname.startsWith(`${page.base}/console`)
  const ThemeIcon = themeIcons[theme]
  const items: MenuItem[] = [
    isConsole
      ? { label: t('me.account'), href: `${page.base}/account`, icon: <UserRound size={16} aria-hidden /> }
      : mayUseConsole(permissions)
        ? {
            label: t('me.console'),
            href: `${page.base}/console`,
            icon: <ShieldCheck size={16} aria-hidden />,
          }
        : null,
    {
      label: t(`theme.${theme}`),
      icon: <ThemeIcon size={16} aria-hidden />,
      act() {
        const next = nextTheme[theme]
        keepTheme(next)
        setTheme(next)
      },
    },
    { label: t('me.reference'), href: `${page.base}/docs`, icon: <BookOpen size={16} aria-hidden /> },
    null,
    ...Object.entries(languages).map(([language, name]) => ({
      label: name,
      isChecked: language === currentLanguage(),
      act: () => void choose(language as Language).catch((error) => toastError(problemText(error))),
    })),
    null,
    {
      label: t('me.sign_out'),
      icon: <LogOut size={16} aria-hidden />,
      act: () => void signOut().catch((error) => toastError(problemText(error))),
    },
  ]
  const trigger = (
    <button type="button" className="me">
      <Avatar name={user.username} />
      <span className="identity">
        <span className="name">{user.username}</span>
        <span className="dim small">{user.email}</span>
      </span>
      <ChevronsUpDown size={16} aria-hidden />
    </button>
  )
  return <Menu trigger={trigger} items={isConsole || items[0] ? items : items.slice(1)} />
}
