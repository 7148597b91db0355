import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { page } from '../page.ts'
import { t } from '../text/text.ts'
import { Empty, Failed } from '../ui/states.tsx'

type Props = { title: string; subtitle?: ReactNode; actions?: ReactNode; children: ReactNode }

/** The frame of a screen: its title, which is also the title of the window, and its actions. */
export function Screen({ title, subtitle, actions, children }: Props) {
  useTitle(title)
  return (
    <>
      <header className="screen-head">
        <div className="grow">
          <h1>{title}</h1>
          {subtitle && <p className="dim">{subtitle}</p>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  )
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Roster`
  }, [title])
}

export function ScreenNotFound() {
  useTitle(t('not_found.title'))
  return (
    <Empty isPage title={t('not_found.title')} text={t('not_found.text')}>
      <Link
        className="button"
        to={location.pathname.startsWith(`${page.base}/account`) ? '/account' : '/console'}
      >
        {t('not_found.back')}
      </Link>
    </Empty>
  )
}

export function ScreenFailed({ error, reset }: { error: unknown; reset?: () => void }) {
  return <Failed error={error} {...(reset && { retry: reset })} />
}
