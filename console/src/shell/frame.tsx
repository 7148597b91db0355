/** The frame of the console and of the account pages: navigation next to the content, or a drawer on narrow windows. */
import { Link, type LinkProps } from '@tanstack/react-router'
import { Menu as MenuIcon } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { page } from '../page.ts'
import iconUrl from '../style/icon.svg'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Drawer } from '../ui/later.tsx'
import { Acting } from './acting.tsx'
import { FactorDuty } from './factor-duty.tsx'
import { Me } from './me.tsx'
import { Offline } from './offline.tsx'

export type NavItem = { to: NonNullable<LinkProps['to']>; label: string; icon: ReactNode }
export type NavGroup = { title?: string; items: readonly NavItem[] }

export function Frame({ name, groups }: { name: string; groups: readonly NavGroup[] }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <nav className="side" aria-label={name}>
        <Brand name={name} />
        <Links groups={groups} />
        <Me />
      </nav>
      <header className="top">
        <Button
          kind="quiet"
          label={t('nav.open')}
          icon={<MenuIcon size={20} aria-hidden />}
          aria-haspopup="dialog"
          aria-expanded={isOpen}
          onClick={() => setOpen(true)}
        />
        <Drawer name={name} head={<Brand name={name} />} isOpen={isOpen} onClose={() => setOpen(false)}>
          <Links groups={groups} onFollow={() => setOpen(false)} />
          <Me />
        </Drawer>
        <Brand name={name} />
      </header>
      <main id="content" tabIndex={-1}>
        <Acting />
        <Offline />
        <FactorDuty />
      </main>
    </div>
  )
}

function Brand({ name }: { name: string }) {
  return (
    <div className="brand">
      {page.logo === null ? (
        <img src={iconUrl} alt="" width={24} height={24} />
      ) : (
        <img src={`${page.base}${page.logo}`} alt="" height={24} />
      )}
      {name}
    </div>
  )
}

function Links({ groups, onFollow }: { groups: readonly NavGroup[]; onFollow?: () => void }) {
  return (
    <div className="links">
      {groups
        .filter(({ items }) => items.length > 0)
        .map(({ title, items }) => (
          <ul key={title ?? ''} aria-label={title}>
            {title && (
              <li className="group" aria-hidden>
                {title}
              </li>
            )}
            {items.map(({ to, label, icon }) => (
              <li key={to}>
                <Link to={to} {...(onFollow && { onClick: onFollow })} activeProps={{ className: 'on' }}>
                  {icon}
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        ))}
    </div>
  )
}
