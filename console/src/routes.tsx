/** All URLs of the interface. Screens are loaded when they are first opened. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { queryText } from './api/call.ts'
import { pagesOf } from './api/pages.ts'
import type { User } from './api/types.ts'
import { page } from './page.ts'
import { AccountShell } from './shell/account-shell.tsx'
import { ConsoleHome, ConsoleShell } from './shell/console-shell.tsx'
import { ScreenFailed, ScreenNotFound } from './shell/screens.tsx'
import { userList } from './users/user-filters.ts'
import { UsersScreen } from './users/users-screen.tsx'

type Search<Name extends string> = { [Key in Name]?: string }

/** Reads the named parameters of the query as texts. */
function only<const Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): Search<Name> => {
    const found: Search<Name> = {}
    for (const name of names) if (typeof search[name] === 'string') found[name] = search[name]
    return found
  }
}

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet })

const consoleRoute = createRoute({
  getParentRoute: () => root,
  path: 'console',
  component: ConsoleShell,
  notFoundComponent: ScreenNotFound,
})
const consoleHome = createRoute({ getParentRoute: () => consoleRoute, path: '/', component: ConsoleHome })
const overview = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'overview',
  component: lazyRouteComponent(() => import('./overview/overview-screen.tsx'), 'OverviewScreen'),
})
const users = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'users',
  component: UsersScreen,
  validateSearch: only('q', 'status', 'role', 'group', 'verified', 'factor', 'filter', 'sort'),
  // The rows are requested while the screen is still loading.
  loader({ context, location }) {
    void context.queries.prefetchInfiniteQuery(pagesOf<User>(...userList(location.search)))
  },
})
const newUser = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'users/new',
  component: lazyRouteComponent(() => import('./users/new-user-screen.tsx'), 'NewUserScreen'),
})
const user = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'users/$id',
  component: lazyRouteComponent(() => import('./users/user-screen.tsx'), 'UserScreen'),
  validateSearch: only('tab'),
})
const jobs = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'jobs',
  component: lazyRouteComponent(() => import('./jobs/jobs-screen.tsx'), 'JobsScreen'),
})
const recycleBin = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'recycle-bin',
  component: lazyRouteComponent(() => import('./users/recycle-bin-screen.tsx'), 'RecycleBinScreen'),
  validateSearch: only('q'),
})
const importRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'import',
  component: lazyRouteComponent(() => import('./import/import-screen.tsx'), 'ImportScreen'),
})
const roles = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'roles',
  component: lazyRouteComponent(() => import('./roles/roles-screen.tsx'), 'RolesScreen'),
})
const groups = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'groups',
  component: lazyRouteComponent(() => import('./groups/groups-screen.tsx'), 'GroupsScreen'),
})
const group = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'groups/$id',
  component: lazyRouteComponent(() => import('./groups/group-screen.tsx'), 'GroupScreen'),
  validateSearch: only('tab'),
})
const scim = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'scim',
  component: lazyRouteComponent(() => import('./scim/scim-screen.tsx'), 'ScimScreen'),
})
const scimConnection = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'scim/$id',
  component: lazyRouteComponent(() => import('./scim/connection-screen.tsx'), 'ConnectionScreen'),
  validateSearch: only('tab'),
})
const apiKeys = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'api-keys',
  component: lazyRouteComponent(() => import('./api-keys/api-keys-screen.tsx'), 'ApiKeysScreen'),
  validateSearch: only('user', 'unused', 'expires'),
})
const applications = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'applications',
  component: lazyRouteComponent(() => import('./applications/applications-screen.tsx'), 'ApplicationsScreen'),
})
const webhooks = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'webhooks',
  component: lazyRouteComponent(() => import('./webhooks/webhooks-screen.tsx'), 'WebhooksScreen'),
})
const webhook = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'webhooks/$id',
  component: lazyRouteComponent(() => import('./webhooks/webhook-screen.tsx'), 'WebhookScreen'),
})
const identityProviders = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'identity-providers',
  component: lazyRouteComponent(
    () => import('./identity-providers/identity-providers-screen.tsx'),
    'IdentityProvidersScreen',
  ),
})
const audit = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'audit',
  component: lazyRouteComponent(() => import('./audit/audit-screen.tsx'), 'AuditScreen'),
  validateSearch: only('type', 'actor', 'target', 'after', 'before'),
})

const settings = createRoute({
  getParentRoute: () => consoleRoute,
  path: 'settings',
  component: lazyRouteComponent(() => import('./settings/settings-screen.tsx'), 'SettingsScreen'),
  validateSearch: only('tab'),
})

const accountRoute = createRoute({
  getParentRoute: () => root,
  path: 'account',
  component: AccountShell,
  notFoundComponent: ScreenNotFound,
})
const accountHome = createRoute({
  getParentRoute: () => accountRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/account/profile' })
  },
})
const profile = createRoute({
  getParentRoute: () => accountRoute,
  path: 'profile',
  component: lazyRouteComponent(() => import('./account/profile-screen.tsx'), 'ProfileScreen'),
})
const security = createRoute({
  getParentRoute: () => accountRoute,
  path: 'security',
  component: lazyRouteComponent(() => import('./account/security-screen.tsx'), 'SecurityScreen'),
})
const activity = createRoute({
  getParentRoute: () => accountRoute,
  path: 'activity',
  component: lazyRouteComponent(() => import('./account/activity-screen.tsx'), 'ActivityScreen'),
})
const accountKeys = createRoute({
  getParentRoute: () => accountRoute,
  path: 'api-keys',
  component: lazyRouteComponent(() => import('./api-keys/api-keys-screen.tsx'), 'OwnKeysScreen'),
})
const data = createRoute({
  getParentRoute: () => accountRoute,
  path: 'data',
  component: lazyRouteComponent(() => import('./account/data-screen.tsx'), 'DataScreen'),
})

const routeTree = root.addChildren([
  consoleRoute.addChildren([
    consoleHome,
    overview,
    users,
    newUser,
    user,
    jobs,
    recycleBin,
    importRoute,
    roles,
    groups,
    group,
    scim,
    scimConnection,
    apiKeys,
    applications,
    webhooks,
    webhook,
    identityProviders,
    audit,
    settings,
  ]),
  accountRoute.addChildren([accountHome, profile, security, activity, accountKeys, data]),
])

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    basepath: page.base || '/',
    defaultPreload: 'intent',
    defaultErrorComponent: ScreenFailed,
    defaultNotFoundComponent: ScreenNotFound,
    scrollRestoration: true,
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => queryText(search as Record<string, string | undefined>),
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
