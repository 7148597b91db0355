import { Link, Navigate } from '@tanstack/react-router'
import {
  AppWindow,
  Import,
  KeyRound,
  LayoutDashboard,
  ListChecks,
  LogIn,
  RefreshCcw,
  ScrollText,
  Settings,
  Shapes,
  Trash2,
  Users,
  UsersRound,
  Webhook,
} from 'lucide-react'
import { useMay, useSession } from '../api/session.ts'
import { t } from '../text/text.ts'
import { NoPermission } from '../ui/states.tsx'
import { Frame, type NavGroup, type NavItem } from './frame.tsx'
import { mayUseConsole } from './rights.ts'
import { Shortcuts } from './shortcuts.tsx'

export function ConsoleShell() {
  const groups = useNavigation()
  return (
    <>
      <Frame name={t('console')} groups={groups} />
      <Shortcuts groups={groups} />
    </>
  )
}

/** The first screen that the user may see. */
export function ConsoleHome() {
  const { permissions } = useSession()
  const first = useNavigation().flatMap(({ items }) => items)[0]
  if (!mayUseConsole(permissions) || !first)
    return (
      <NoPermission>
        <Link className="button" to="/account">
          {t('no_permission.account')}
        </Link>
      </NoPermission>
    )
  return <Navigate to={first.to} replace />
}

function useNavigation(): NavGroup[] {
  const may = useMay()
  const items = (...wanted: (NavItem | false)[]) => wanted.filter((item) => item !== false)
  return [
    {
      items: items(
        may('users:read') && {
          to: '/console/overview',
          label: t('nav.overview'),
          icon: <LayoutDashboard size={17} aria-hidden />,
        },
        may('users:read') && {
          to: '/console/users',
          label: t('nav.users'),
          icon: <Users size={17} aria-hidden />,
        },
        may('groups:read') && {
          to: '/console/groups',
          label: t('nav.groups'),
          icon: <UsersRound size={17} aria-hidden />,
        },
        may('roles:read') && {
          to: '/console/roles',
          label: t('nav.roles'),
          icon: <Shapes size={17} aria-hidden />,
        },
        may('applications:read') && {
          to: '/console/applications',
          label: t('nav.applications'),
          icon: <AppWindow size={17} aria-hidden />,
        },
        may('identity_providers:read') && {
          to: '/console/identity-providers',
          label: t('nav.identity_providers'),
          icon: <LogIn size={17} aria-hidden />,
        },
        (may('api_keys:write') || may('api_keys:admin')) && {
          to: '/console/api-keys',
          label: t('nav.api_keys'),
          icon: <KeyRound size={17} aria-hidden />,
        },
        may('api_keys:admin') && {
          to: '/console/scim',
          label: t('nav.scim'),
          icon: <RefreshCcw size={17} aria-hidden />,
        },
        may('webhooks:read') && {
          to: '/console/webhooks',
          label: t('nav.webhooks'),
          icon: <Webhook size={17} aria-hidden />,
        },
      ),
    },
    {
      title: t('nav.watch'),
      items: items(
        may('audit:read') && {
          to: '/console/audit',
          label: t('nav.audit'),
          icon: <ScrollText size={17} aria-hidden />,
        },
        may('users:write') && {
          to: '/console/jobs',
          label: t('nav.jobs'),
          icon: <ListChecks size={17} aria-hidden />,
        },
        may('users:write') && {
          to: '/console/import',
          label: t('nav.import'),
          icon: <Import size={17} aria-hidden />,
        },
        may('users:read') && {
          to: '/console/recycle-bin',
          label: t('nav.recycle_bin'),
          icon: <Trash2 size={17} aria-hidden />,
        },
        may('settings:read') && {
          to: '/console/settings',
          label: t('nav.settings'),
          icon: <Settings size={17} aria-hidden />,
        },
      ),
    },
  ]
}
