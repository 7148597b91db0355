/** An organisation with 300 people, some months after it began to use the service. */
import { shiftClock } from '../../../src/clock.ts'
import { password, type Service, type TestUser } from '../../harness.ts'

const firstNames =
  'Anna Bruno Chiara Dmitri Elif Farid Grace Hiroshi Ingrid Jonas Katarzyna Liam Małgorzata Nguyễn Ólafur Priya Quentin Rosa Sven Tomáš'.split(
    ' ',
  )
const lastNames =
  'Novák Weiß García Lindqvist Okafor Papadopoulos Yamamoto Müller-Lüdenscheidt O’Neil Ferreira-da-Silva Kowalczyk Jensen Haddad Rossi Schwarzenberger'.split(
    ' ',
  )
const day = 86_400

export type Organisation = {
  admin: TestUser
  /** A user with a name and an address as long as they get. */
  long: { id: string }
  /** A user with factors, sessions and roles. */
  anna: { id: string }
  group: { id: string }
  webhook: { id: string }
  scim: { id: string }
  /** The client id of an application that asks for consent. */
  wiki: { client_id: string; redirect_uris: string[] }
}

/** Fills the service; the clock of the process comes back to now. */
export async function fill(service: Service, callback: string): Promise<Organisation> {
  shiftClock(-30 * day)
  const admin = await service.admin()
  let token = admin.token
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await service.call(method, path, { as: token, ...(body === undefined ? {} : { body }) })
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`)
    return answer.body
  }
  const signIn = async (username: string, secret = password, userAgent = agents[0]!) =>
    service.call('POST', '/auth/login', {
      body: { username, password: secret },
      headers: { 'user-agent': userAgent },
    })
  await call('PATCH', `/users/${admin.id}`, {
    email_verified: true,
    first_name: 'Ada',
    last_name: 'Byron',
  })
  for (const role of [
    {
      name: 'support',
      description: 'Helps people who cannot sign in',
      permissions: ['users:read', 'audit:read'],
    },
    { name: 'auditor', description: 'Reads the audit log', permissions: ['audit:read'] },
    {
      name: 'billing-and-subscriptions',
      description: 'Sees groups and users',
      permissions: ['users:read', 'groups:read'],
    },
  ])
    await call('POST', '/roles', role)
  const rows = Array.from({ length: 295 }, (_, index) => {
    const first = firstNames[index % firstNames.length]!
    const last = lastNames[(index * 7) % lastNames.length]!
    const name = `${first}.${last}${index >= 60 ? index : ''}`
      .normalize('NFD')
      .replace(/[^\w.-]/g, '')
      .toLowerCase()
    const age = Math.floor((index * index) / 1100)
    return {
      username: name,
      email: `${name}@example.com`,
      first_name: first,
      last_name: last,
      email_verified: index % 9 !== 0,
      status: index % 23 === 5 ? 'disabled' : 'active',
      roles: index % 17 === 3 ? ['user', 'support'] : ['user'],
      created_at: new Date(Date.now() - age * day * 1000).toISOString(),
    }
  })
  await service.call('POST', '/users/import', {
    as: token,
    headers: { 'content-type': 'application/x-ndjson' },
    body: rows.map((row) => JSON.stringify(row)).join('\n'),
  })
  const anna = await call('POST', '/users', {
    username: 'a.novak',
    email: 'a.novak@example.org',
    first_name: 'Anna',
    last_name: 'Nováková',
    email_verified: true,
    roles: ['user', 'support'],
    password,
    metadata: { plan: 'premium', cost_centre: 4711, tags: ['pilot', 'berlin'] },
    profile: { language: 'cs', theme: 'dark' },
  })
  const long = await call('POST', '/users', {
    username: 'maximiliane-alexandra-friederike.von-und-zu-hohenstein',
    email:
      'maximiliane-alexandra-friederike.von-und-zu-hohenstein@subsidiary.of.a.very-long-company-name.example.com',
    first_name: 'Maximiliane Alexandra Friederike Charlotte Wilhelmine',
    last_name: 'von und zu Hohenstein-Waldenburg-Schillingsfürst',
    password,
  })
  const groups = []
  for (const [name, description, roles] of [
    ['Engineering', 'Everybody who writes software', ['support']],
    ['Platform team', 'Runs the clusters', []],
    ['Sales Europe, Middle East and Africa', 'Accounts, partners, and the people who plan the fairs', []],
    ['Contractors', '', []],
  ] as const)
    groups.push(await call('POST', '/groups', { name, description, roles }))
  const listed = await call('GET', '/users?limit=100')
  const ids: string[] = listed.map(({ id }: { id: string }) => id)
  await call('POST', `/groups/${groups[0].id}/members`, { add: [anna.id, ...ids.slice(0, 40)] })
  await call('POST', `/groups/${groups[2].id}/members`, { add: ids.slice(40, 63) })
  await call('PUT', `/groups/${groups[0].id}/groups/${groups[1].id}`)
  await signIns(30)
  const applications = []
  for (const application of [
    { name: 'Wiki', kind: 'web', first_party: false, redirect_uris: [callback] },
    {
      name: 'Grafana',
      kind: 'web',
      redirect_uris: ['https://grafana.example.com/login/generic_oauth'],
      roles: ['support'],
    },
    {
      name: 'Customer portal (single page)',
      kind: 'browser',
      redirect_uris: ['https://portal.example.com/callback'],
    },
    { name: 'Nightly reports', kind: 'machine' },
    { name: 'Meeting room display', kind: 'device' },
  ])
    applications.push(await call('POST', '/applications', application))
  for (const provider of [
    {
      kind: 'google',
      client_id: 'roster.apps.googleusercontent.com',
      client_secret: 'not-a-real-one',
      sign_up: 'domains',
      domains: ['example.com'],
    },
    {
      kind: 'oidc',
      name: 'Hohenstein SSO',
      issuer: 'https://sso.hohenstein.example',
      client_id: 'roster',
      client_secret: 'not-a-real-one',
    },
  ])
    await call('POST', '/identity-providers', provider)
  const webhook = await call('POST', '/webhooks', {
    url: 'https://crm.example.com/hooks/roster?tenant=hohenstein-waldburg',
    description: 'Keeps the CRM up to date',
    events: ['user.created', 'user.deleted', 'user.email_changed'],
  })
  await call('POST', '/webhooks', { url: 'https://chat.example.com/roster', events: ['*'], enabled: false })
  const key = await call('POST', '/api-keys', {
    name: 'Entra ID',
    permissions: ['users:read', 'users:write', 'groups:read', 'groups:write'],
  })
  await call('POST', '/api-keys', { name: 'nightly sync', permissions: ['users:read'] })
  const scim = await call('POST', '/scim-connections', { api_key_id: key.id ?? key.api_key?.id })
  await call('POST', '/jobs', { kind: 'add_role', role: 'auditor', filter: { group: groups[2].id } })
  await call('POST', '/jobs', {
    kind: 'disable',
    ids: [...ids.slice(90, 93), '019a0c11-5d2e-7a00-8000-00000000a003'],
  })
  await call('DELETE', `/users/${ids[98]}`)
  await call('DELETE', `/users/${ids[97]}`)
  await service.call('POST', '/auth/forgot-password', { body: { email: anna.email } })
  await call('POST', '/users', {
    username: 'invited',
    email: 'invited@example.com',
    first_name: 'Ivy',
    last_name: 'Ted',
  })
  await call('PATCH', `/users/${anna.id}`, {
    username: 'anna.nova',
    email: 'anna.nova@example.org',
    email_verified: true,
  })
  // Links of mails that still work.
  await call('POST', '/users', {
    username: 'frieda',
    email: 'frieda@example.com',
    email_verified: true,
    password,
  })
  const forgot = { body: { email: 'frieda@example.com' } }
  await service.call('POST', '/auth/forgot-password', forgot)
  const signUp = { username: 'gustav', email: 'gustav@example.com', password }
  await service.call('POST', '/users', { body: signUp })
  return { admin, anna, long, group: groups[0], webhook, scim, wiki: applications[0] }

  /** Goes on to today, with some sign-ins on each day. */
  async function signIns(days: number): Promise<void> {
    for (let age = days; age > 0; age -= 1) {
      shiftClock(day)
      for (let turn = 0; turn < 1 + ((age * 5) % 4); turn += 1)
        await signIn(turn % 2 ? 'a.novak' : 'admin', password, agents[(age + turn) % agents.length])
      if (age % 6 === 0) await signIn('a.novak', 'a wrong password')
    }
    token = (await signIn('admin')).body.access_token
  }
}

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
]

type Dialog = [name: string, path: string, ...clicks: string[]]

/** The addresses of all screens: those of nobody, or those of the administrator. */
export function screens(organisation: Organisation, before: boolean): Record<string, string> {
  const { anna, long, group, webhook, scim, wiki } = organisation
  const authorize = `/oauth2/authorize?client_id=${wiki.client_id}&response_type=code&scope=openid+email+profile&state=a`
  if (before)
    return {
      'sign-in': '/sign-in',
      'sign-up': '/sign-up',
      forgot: '/account/forgot',
      verify: '/account/verify#token=none',
      reset: '/account/reset#token=none',
      invitation: '/account/invitation',
      'confirm-email': '/account/confirm-email#token=none',
      setup: '/console/setup',
      docs: '/docs',
      problems: '/problems',
      problem: '/problems/invalid_input',
      'not-a-page': '/nothing-here',
      'oauth-error': '/oauth2/authorize?client_id=nobody',
      'oauth-ended': '/oauth2/interaction/nothing',
    }
  const user = `/console/users/${anna.id}`
  return {
    overview: '/console/overview',
    users: '/console/users',
    'users-search': '/console/users?q=novak&status=active',
    'users-none': '/console/users?q=nobody-has-this-name',
    'new-user': '/console/users/new',
    user,
    'user-security': `${user}?tab=security`,
    'user-history': `${user}?tab=history`,
    'user-data': `${user}?tab=data`,
    'user-groups': `${user}?tab=groups`,
    'user-long': `/console/users/${long.id}`,
    'user-missing': '/console/users/00000000-0000-4000-8000-000000000000',
    groups: '/console/groups',
    group: `/console/groups/${group.id}`,
    'group-details': `/console/groups/${group.id}?tab=details`,
    roles: '/console/roles',
    applications: '/console/applications',
    'identity-providers': '/console/identity-providers',
    'api-keys': '/console/api-keys',
    'api-keys-all': '/console/api-keys?user=all',
    scim: '/console/scim',
    'scim-connection': `/console/scim/${scim.id}`,
    webhooks: '/console/webhooks',
    webhook: `/console/webhooks/${webhook.id}`,
    audit: '/console/audit',
    settings: '/console/settings',
    jobs: '/console/jobs',
    import: '/console/import',
    'recycle-bin': '/console/recycle-bin',
    'not-found': '/console/nothing',
    profile: '/account/profile',
    security: '/account/security',
    activity: '/account/activity',
    'own-keys': '/account/api-keys',
    'my-data': '/account/data',
    consent: `${authorize}&redirect_uri=${encodeURIComponent(wiki.redirect_uris[0]!)}`,
    device: '/oauth2/device',
    logout: '/oauth2/logout',
  }
}

const openDrawer = 'header.top button >> visible=true'
/** In narrow windows the navigation and the menu of the user are in a drawer. */
export const frameDialogs: Record<'narrow' | 'wide', Dialog[]> = {
  narrow: [
    ['drawer', '/console/overview', openDrawer],
    ['menu-me', '/console/users', openDrawer, '[role=dialog] .me'],
  ],
  wide: [['menu-me', '/console/users', '.me >> visible=true']],
}

/** Dialogs and menus: a name, an address, and what is clicked there one after another. */
export function dialogs(organisation: Organisation): Dialog[] {
  const user = `/console/users/${organisation.anna.id}`
  return [
    ['dialog-export', '/console/users', 'button:has-text("Export")'],
    ['menu-filter', '/console/users', 'button:has-text("Status")'],
    [
      'bulk-selected',
      '/console/users',
      'tbody input[type=checkbox] >> nth=1',
      'tbody input[type=checkbox] >> nth=2',
    ],
    ['dialog-role', '/console/roles', 'button:has-text("New role")'],
    ['dialog-key', '/console/api-keys', 'button:has-text("New API key")'],
    ['dialog-revoke', '/console/api-keys', 'button:has-text("Revoke")'],
    ['dialog-erase', '/console/recycle-bin', 'button:has-text("Erase")'],
    ['dialog-delete-me', '/account/data', 'button:has-text("Delete my account")'],
    ['dialog-application', '/console/applications', 'button:has-text("New application")'],
    ['dialog-provider', '/console/identity-providers', 'button:has-text("New"), button:has-text("Add")'],
    ['dialog-webhook', '/console/webhooks', 'button:has-text("New webhook")'],
    ['dialog-group', '/console/groups', 'button:has-text("New group")'],
    ['menu-user', user, 'button[aria-label="More actions"]'],
    ['audit-details', '/console/audit', 'tbody button[aria-label="Details"] >> nth=2'],
    [
      'totp',
      '/account/security',
      'button:has-text("Set up"), button:has-text("Add an app"), button:has-text("authenticator")',
    ],
  ]
}
